// Whatever is wrong with an issuer: people are told what and where, nothing fails, and once it is cured all goes on by itself.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Asked, type ContractWorld, contractWorld } from './contract-world.ts'
import { SETTING_TROUBLES, type Trouble } from './issuer-troubles.ts'
import { TROUBLES_AT_SCM } from './issuer-troubles-at-scm.ts'
import { type Place, troubledIssuers } from './troubled-issuers.ts'

/** What the profiles offer before the trouble. */
const DURATION = `${365 * 24}h`

let contract: ContractWorld
let issuers: ReturnType<typeof troubledIssuers>
beforeAll(async () => {
  contract = await contractWorld('trouble')
  issuers = troubledIssuers(contract)
})
afterAll(async () => {
  await issuers.close()
  await contract.close()
})

function ask({ namespace, issuerRef }: Place, name: string): Promise<Asked> {
  return contract.ask(namespace, name, { issuerRef: { group: 'certwright.dev', ...issuerRef }, duration: DURATION })
}

/** One order at SCM, which was sent once; before that it may have been refused. */
async function orderedOnce(ref: Asked): Promise<void> {
  await contract.ended(ref, 'Issued')
  expect(await contract.orders(ref)).toHaveLength(1)
  expect(await contract.recordOf(ref)).toMatchObject({
    status: { phase: 'Issued', attempts: [{ number: 1, outcome: 'Accepted' }] },
  })
}

async function goesThrough(trouble: Trouble): Promise<void> {
  const { spec = () => ({}), cluster = false, stops = 'all' } = trouble
  const place = await issuers.place({ cluster, spec })
  await trouble.prepare?.(place)
  await place.issuer()
  await place.told('Checked: ')
  const [approvedLater, issuedMeanwhile] = await Promise.all([ask(place, 'approved-later'), ask(place, 'issued')])
  const [waiting, meanwhile] = await Promise.all([contract.ordered(approvedLater), contract.ordered(issuedMeanwhile)])

  await trouble.cause(place)
  const words = trouble.issuer?.(place)
  // A request that comes when nobody has noticed yet, or when everybody has.
  const early = trouble.noticedByRequest ? await ask(place, 'new') : undefined
  if (words !== undefined) await place.told(words)
  const fresh = stops === 'open' ? [] : [early ?? (await ask(place, 'new'))]
  const stopped = { all: [approvedLater, issuedMeanwhile, ...fresh], new: fresh, open: [approvedLater], nobody: [] }
  const said = trouble.requests?.(place) ?? words ?? ''
  for (const request of stopped[stops]) await contract.pending(request, said)
  await contract.scm.approve(meanwhile)

  await trouble.cure(place)
  await orderedOnce(issuedMeanwhile)
  for (const request of fresh) await contract.scm.approve(await contract.ordered(request))
  await contract.scm.approve(waiting)
  for (const request of [approvedLater, ...fresh]) await orderedOnce(request)
}

describe.concurrent('an issuer is in trouble, and no request fails or is ordered twice:', () => {
  it.each([...SETTING_TROUBLES, ...TROUBLES_AT_SCM].map((trouble) => [trouble.title, trouble] as const))(
    '%s',
    (_, trouble) => goesThrough(trouble),
  )
})

// One outage from before it to after it: orders in every stage when it begins, requests made while it lasts, and what became of all.
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../cluster/wait-until.ts'
import type { Place } from '../e2e/own-release/scene.ts'
import type { Call, InterceptingProxy, Trouble } from '../support/intercepting-proxy.ts'
import type { Outage } from './outage.ts'
import { allIssued, ask, PATIENCE_MS, readyConditions, type Verdict, verdictOn } from './requests.ts'

export interface Scenario {
  readonly place: Place
  /** In front of what is away. */
  readonly proxy: InterceptingProxy
  readonly namesLost: string
  /** How long it lasts, unless the outage needs longer (real time). */
  readonly lastsMs: number
  /** Requests made while it lasts. */
  readonly waiting: number
  /** Called while it lasts, after the requests were made. */
  meanwhile(): Promise<void>
}

export interface Outcome extends Verdict {
  /** Wall clock, milliseconds. */
  readonly began: number
  readonly ended: number
  readonly recovered: number
  /** What those say that were not Issued when it ended. */
  readonly said: readonly string[]
}

/** Longer than any outage here. */
const DAY_MS = 86_400_000
const isEnrolment = ({ method, path }: Call): boolean => method === 'POST' && path.endsWith('/enroll')
const isCollection = ({ path }: Call): boolean => path.includes('/collect/')

export async function run(outage: Outage, scenario: Scenario): Promise<Outcome> {
  const { place, proxy, namesLost, waiting, meanwhile, lastsMs } = scenario
  const { control } = place.tenant
  const site = { place, proxy, namesLost }
  await setOut(place)
  const begun = Promise.withResolvers<void>()
  await catchInFlight(outage, place, begun.promise)

  const began = Date.now()
  proxy.meet((call) => outage.trouble?.(call))
  await outage.begin?.(site)
  begun.resolve()
  const over = sleep(Math.max(lastsMs, outage.lastsMs ?? 0))
  for (let n = 0; n < waiting; n++) await ask(place, `waiting-${n}`)
  for (const { id, status } of await control.orders()) if (status === 'Approved' || status === 'Applied') await control.issue(id)
  await meanwhile()
  await over
  const open = [...(await readyConditions(place)).values()].filter((ready) => ready?.reason !== 'Issued')
  const said = open.map((ready) => `${ready?.reason ?? 'nothing'}: ${ready?.message ?? ''}`)

  const ended = Date.now()
  proxy.meet(() => undefined)
  await outage.end?.(site)
  await ask(place, 'after')
  await allIssued(place)
  const recovered = Date.now()
  return { ...(await verdictOn(place)), began, ended, recovered, said }
}

/** An order that SCM works on, and is looked at. */
async function setOut(place: Place): Promise<void> {
  const { control } = place.tenant
  await control.patchSettings({ issueDelayMs: DAY_MS })
  await ask(place, 'polling')
  const followed = async (): Promise<boolean> =>
    (await readyConditions(place)).get('polling')?.message.includes('is "') === true
  await waitUntil(followed, { what: 'an order to be followed', timeoutMs: PATIENCE_MS })
  await control.patchSettings({ issueDelayMs: 0 })
}

/**
 * Calls under way when the outage begins: two enrolments, of which one has reached SCM, and a collection. They get the answer
 * that calls get in the outage.
 */
async function catchInFlight(outage: Outage, place: Place, until: Promise<void>): Promise<void> {
  const { scm } = place.tenant
  const caught = new Set<string>()
  const names = ['stored', 'lost', 'collecting']
  const meets = (call: Call): Trouble | undefined => {
    const name = isCollection(call) ? 'collecting' : names.find((one) => isEnrolment(call) && call.body.includes(`/${one}`))
    if (name === undefined || (name === 'collecting' && isEnrolment(call))) return undefined
    caught.add(name)
    const { answer } = outage.trouble?.(call) ?? {}
    return { until, ...(answer && { answer }), performed: name === 'stored' || answer === undefined }
  }
  scm.meet(meets)
  await Promise.all(names.map((name) => ask(place, name)))
  await waitUntil(async () => caught.size === names.length, { what: 'calls to be under way', timeoutMs: PATIENCE_MS })
}

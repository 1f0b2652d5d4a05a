// Waits for people, on the real API server: each says who does what where in SCM, lasts until that is done and no longer, and is
// not touched by anybody. How much each costs over days: src/controllers/human-waits.test.ts.
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import type { Domain } from '../simulators/sectigo/domain.ts'
import { type Asked, type ContractWorld, contractWorld, type Tenant } from './contract-world.ts'
import { LOGIN } from './world.ts'

let contract: ContractWorld
beforeAll(async () => {
  contract = await contractWorld('people')
})
afterAll(async () => {
  await contract.close()
  await contract.scm.patchCatalogue({ domains: [...DEFAULT_CATALOGUE.domains] })
})

async function issued(ref: Asked): Promise<void> {
  await contract.ended(ref, 'Issued')
  expect(await contract.orders(ref)).toHaveLength(1)
  const record = await contract.recordOf(ref)
  expect(record).toMatchObject({ status: { phase: 'Issued', attempts: [{ number: 1, outcome: 'Accepted' }] } })
  expect(record?.status?.domainValidations ?? []).toEqual([])
}

async function told(ref: Asked, event: string): Promise<void> {
  await contract.until(`the event ${event}`, async () => (await contract.told(ref)).includes(event))
}

/** One edit after another: each writes the whole list. */
let edits: Promise<unknown> = Promise.resolve()
function edit(name: string, change: (domain: Domain) => Partial<Domain>): Promise<unknown> {
  edits = edits.then(async () => {
    const { domains } = await contract.scm.catalogue()
    const changed = domains.map((domain) => (domain.name === name ? { ...domain, ...change(domain) } : domain))
    await contract.scm.patchCatalogue({ domains: changed })
  })
  return edits
}

interface Refused {
  readonly code: number
  readonly domain: string
  readonly names: string
  readonly cure: (domain: Domain) => Partial<Domain>
  /** The account may not see domains. */
  readonly blind?: true
}

const validated = () => ({ dcvStatus: 'VALIDATED', expires: '2099-12-31' }) as const
const VALIDATE = 'an SCM administrator validates it under Domains, Validate'
const REFUSED: readonly Refused[] = [
  { code: -107, domain: 'unvalidated.example', names: VALIDATE, cure: validated },
  { code: -107, domain: 'expired.example', names: VALIDATE, cure: validated, blind: true },
  {
    code: -715,
    domain: 'suspended.example',
    names: 'an SCM administrator activates it under Domains, Edit',
    cure: () => ({ state: 'ACTIVE' }),
  },
  {
    code: -1010,
    domain: 'elsewhere.example',
    names: 'an SCM administrator delegates it to the organization under Domains, Delegate',
    cure: ({ delegations }) => ({ delegations: delegations.map((one) => ({ ...one, orgId: 8928 })) }),
  },
]

/** Which of these and -107 SCM says of a domain that is not validated is not stated. */
const ALIKE = [
  ['domainsNotValidated', -737],
  ['domainsWithoutDcv', -1137],
] as const

describe('before the order', () => {
  beforeAll(() => contract.scm.patchSettings({ approval: 'auto', domainChecks: true }))

  it.concurrent.each(REFUSED)('$code for $domain is waited for until somebody acts', async (row) => {
    const tenant = await contract.tenant('refused')
    if (row.blind) await forbidDcv(tenant)
    const ref = await contract.ask(tenant.namespace, 'asked', { dnsName: `www.${row.domain}` })
    const said = await contract.pending(ref, `(code ${row.code}); ${row.names}`)
    expect(JSON.stringify(said.status)).toContain(row.domain)
    expect(await contract.orders(ref)).toEqual([])
    await told(ref, 'Warning OrderRefused 1')
    await edit(row.domain, row.cure)
    await issued(ref)
  })

  it('what SCM calls otherwise is waited for alike', async () => {
    const domain = 'expired.example'
    await edit(domain, () => ({ dcvStatus: 'EXPIRED' }))
    const { namespace } = await contract.tenant('alike')
    const waiting: Asked[] = []
    for (const [dcvRefusal, code] of ALIKE) {
      await contract.scm.patchSettings({ dcvRefusal })
      const ref = await contract.ask(namespace, `asked${code}`, { dnsName: `www${code}.${domain}` })
      expect(JSON.stringify((await contract.pending(ref, `(code ${code}); ${VALIDATE}`)).status)).toContain(domain)
      waiting.push(ref)
    }
    await edit(domain, validated)
    await Promise.all(waiting.map(issued))
  })

  it('-843 names the organization', async () => {
    const description = 'SSL certificate of this type cannot be requested due to ‘Not validated’ validation status.'
    const match = { method: 'POST', path: '/api/ssl/v1/enroll' }
    await contract.scm.addFault({ match, status: 400, body: { code: -843, description } })
    const ref = await contract.ask((await contract.tenant('organization')).namespace, 'asked', {
      dnsName: 'organization.example.com',
    })
    await contract.pending(ref, 'under Organizations, Validate (organization 8928)')
    await contract.scm.clearFaults()
    await issued(ref)
  })
})

async function forbidDcv({ login }: Tenant): Promise<void> {
  const { accounts } = await contract.scm.catalogue()
  const changed = accounts.map((account) =>
    account.login === login
      ? { ...account, privileges: account.privileges.filter((privilege) => privilege !== 'allowDCV') }
      : account,
  )
  await contract.scm.patchCatalogue({ accounts: changed })
}

/** The CA looks at once instead of in an hour (seed 004 L1236-1250). */
async function recheck({ login }: Tenant, order: number): Promise<void> {
  const { url, caPem } = contract.world.installation.simulator
  const { customerUri, password } = LOGIN
  const dispatcher = new Agent({ connect: { ca: caPem } })
  const headers = { customerUri, login, password }
  await request(`${url}/ssl/v1/${order}/dcv/recheck`, { method: 'POST', dispatcher, headers })
  await dispatcher.close()
}

interface Proof {
  readonly mode: string
  readonly email?: string
  readonly says: (domain: string) => string
  readonly shows: (domain: string) => object
}

/** Some more looks at an order while everything is as it was. */
const MORE_LOOKS = 2

const HASH = '[0-9A-F]{32}'
const PROOFS: readonly Proof[] = [
  {
    mode: 'CNAME',
    says: () => 'publish _',
    shows: (domain) => ({
      name: expect.stringMatching(`^_${HASH}\\.${domain}\\.$`),
      value: expect.stringMatching(`^${HASH}\\.${HASH}\\.sectigo\\.com\\.$`),
    }),
  },
  {
    mode: 'TXT',
    says: (domain) => `publish _pki-validation.${domain}. TXT`,
    shows: (domain) => ({ name: `_pki-validation.${domain}.`, value: expect.stringMatching(/^.{32}$/) }),
  },
  {
    mode: 'HTTP',
    says: (domain) => `serve the validation file at http://${domain}/.well-known/pki-validation/`,
    shows: (domain) => ({
      name: expect.stringContaining(`http://${domain}/`),
      value: expect.stringMatching(/^[0-9A-F]{64}\nsectigo\.com$/),
    }),
  },
  {
    mode: 'EMAIL',
    email: 'admin@acme.example',
    says: (domain) => `answer the mail to admin@acme.example for ${domain}`,
    shows: () => ({ name: 'admin@acme.example' }),
  },
]

/** A request whose order is approved and then waits for its domain. */
async function waitingForProof(proof: Proof) {
  const { mode, email } = proof
  const ssl = { profile: { id: 5170 }, dcv: { mode, ...(email === undefined ? {} : { email }) } }
  const tenant = await contract.tenant('proof', { spec: { ssl } })
  const ref = await contract.ask(tenant.namespace, 'asked')
  const order = await contract.ordered(ref)
  await contract.pending(ref, 'an SCM administrator approves or declines it under Certificates, SSL Certificates')
  await contract.scm.approve(order)
  await contract.pending(ref, `waiting for domain validation: ${proof.says(ref.dnsName)}`)
  return { tenant, ref, order }
}

describe('with the order', () => {
  beforeAll(() => contract.scm.patchSettings({ approval: 'manual', domainChecks: false, dcv: 'perOrder' }))

  it.concurrent.each(PROOFS)('what to do for $mode is on record, and the wait ends when it is done', async (proof) => {
    const { tenant, ref, order } = await waitingForProof(proof)
    const record = await contract.recordOf(ref)
    expect(record?.status?.domainValidations).toEqual([
      { domain: ref.dnsName, method: proof.mode, ...proof.shows(ref.dnsName) },
    ])
    await told(ref, 'Warning DomainValidation 1')
    const looks = await contract.onLook(order)
    await contract.until('more looks', async () => (await looks()) >= MORE_LOOKS)
    expect(await contract.recordOf(ref)).toEqual(record)
    await contract.scm.publishDcv(order)
    await recheck(tenant, order)
    await issued(ref)
  })

  it.concurrent('kubectl shows who waits for what', async () => {
    const { ref } = await waitingForProof(PROOFS[0] as Proof)
    const kubectl = (...args: string[]) => contract.world.cluster.kubectl([...args, '--namespace', ref.namespace])
    const wide = await kubectl('get', 'certificateorder', '-o', 'wide')
    expect(wide.stdout).toContain(`waiting for domain validation: publish _`)
    const { stdout } = await kubectl('describe', 'certificateorder')
    expect(stdout).toMatch(
      /Domain Validations:\s+Domain: +\S+\s+Method: +CNAME\s+Name: +_\S+\s+Value: +\S+sectigo\.com\./,
    )
  })

  it.concurrent.each(['Declined', 'Rejected', 'Invalid', 'Revoked'])('is %s before its approval', async (word) => {
    const ssl = { profile: { id: 5170 }, dcv: { mode: 'CNAME' } }
    const ref = await contract.ask((await contract.tenant('ended', { spec: { ssl } })).namespace, 'asked')
    const order = await contract.ordered(ref)
    await contract.scm.setStatus(order, word)
    await failed(ref, order, word)
  })

  it.concurrent.each(['Rejected', 'Invalid', 'Revoked'])('is %s while its domain is to be validated', async (word) => {
    const { ref, order } = await waitingForProof(PROOFS[0] as Proof)
    await contract.scm.setStatus(order, word)
    await failed(ref, order, word)
  })
})

async function failed(ref: Asked, order: number, word: string): Promise<void> {
  const { status } = await contract.ended(ref, 'Failed')
  expect(status?.failureTime).toBeDefined()
  expect(JSON.stringify(status?.conditions)).toContain(`Order ${order} ended as \\"${word}\\"`)
  const record = await contract.recordOf(ref)
  expect(record).toMatchObject({ status: { phase: 'Failed', remote: { state: word } } })
  expect(record?.status?.domainValidations ?? []).toEqual([])
}

// Whatever a CA hands out is verified before it is delivered: what belongs to somebody else fails the request, what the CA can
// still put right is waited for, and nothing is ordered twice.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Operator } from '../../cluster/operator.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { OrderSummary } from '../../simulators/sectigo/control.ts'
import {
  createAuthority,
  createCsr,
  createKeys,
  createTestPki,
  type TestKeys,
  type TestPki,
} from '../../support/pki.ts'
import { type CertificateOrder, type CertificateRequest, request } from '../world.ts'
import { LATE_MS } from './asked.ts'
import { installOwnRelease, type OwnRelease, showLogsOnFailure } from './own-release.ts'
import { domainOf, isIssued, spendingIn, wordOn, writesOf } from './spending.ts'

let release: OwnRelease
let operator: Operator
let pki: TestPki
beforeAll(async () => {
  pki = await createTestPki()
  release = await installOwnRelease('hostile')
  // The 5 min after which a stalled order is looked at again become 1 s.
  operator = await release.operator({ timeScale: 300 })
})
afterAll(() => release.uninstall())

/** One that is asked for, and what the CA says of it before it says the truth. */
interface Row {
  readonly name: string
  readonly answer: (asked: { readonly csr: string; readonly dnsName: string; readonly first: string }) => Answer
  /** What the request says then. */
  readonly says: RegExp
  /** What the record says then. */
  readonly reason: 'Stalled' | 'Failed' | 'Issued' | 'Pending'
}

type Answer = Promise<{ readonly body?: string; readonly oversized?: number }>

const HOUR_MS = 3_600_000
const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS)
const chain = (leaf: string): string => leaf + pki.intermediate.pem + pki.root.pem
const signed =
  (options: Parameters<TestPki['root']['sign']>[1] = {}, around: (leaf: string) => string | Promise<string> = chain) =>
  async ({ csr }: { readonly csr: string }) => ({ body: await around(await pki.intermediate.sign(csr, options)) })

const stalled = (why: string): Pick<Row, 'says' | 'reason'> => ({
  says: new RegExp(`^Pending Stalled: order \\d+ was issued, but .*${why}`),
  reason: 'Stalled',
})
const failed = (why: string): Pick<Row, 'says' | 'reason'> => ({
  says: new RegExp(`^Failed Order \\d+ is not delivered: .*${why}`),
  reason: 'Failed',
})
/** What is no certificate at all comes from somebody before the CA: it could not be asked. */
const notAsked: Pick<Row, 'says' | 'reason'> = {
  says: /^Pending The CA cannot be asked at the moment \(UnexpectedAnswer\)/,
  reason: 'Pending',
}

const ROWS: readonly Row[] = [
  {
    name: 'other-key',
    answer: async ({ dnsName }) => signed()({ csr: (await createCsr({ dns: [dnsName] })).pem }),
    ...failed('no certificate in the answer has the public key of the request'),
  },
  { name: 'ca-certificate', answer: signed({ isCA: true }), ...failed('is a CA certificate') },
  { name: 'same-serial', answer: async ({ first }) => ({ body: first }), ...failed('was delivered for first already') },
  {
    name: 'missing-name',
    answer: signed({ dns: ['other.acme.example'] }),
    ...stalled('the certificate lacks missing-name'),
  },
  { name: 'expired', answer: signed({ notBefore: ago(2), notAfter: ago(1) }), ...stalled('expired') },
  { name: 'not-yet-valid', answer: signed({ notBefore: ago(-1) }), ...stalled('is valid only from') },
  { name: 'last-years', answer: signed({ notBefore: ago(49) }), ...stalled('long before the request was made') },
  {
    name: 'stranger',
    answer: signed({}, (leaf) => chain(leaf) + pki.oldRoot.pem),
    ...stalled('does not belong to it'),
  },
  { name: 'gap', answer: signed({}, (leaf) => leaf + pki.root.pem), ...stalled('is missing') },
  { name: 'loop', answer: signed({}, async (leaf) => leaf + (await loop())), ...stalled('is missing') },
  {
    name: 'thousand',
    answer: signed({}, (leaf) => leaf + pki.intermediate.pem.repeat(1_000)),
    ...stalled('more than'),
  },
  { name: 'truncated', answer: signed({}, (leaf) => chain(leaf).slice(0, -100)), ...stalled('does not end') },
  { name: 'empty-pkcs7', answer: async () => ({ body: EMPTY_PKCS7 }), ...stalled('holds no certificate') },
  { name: 'html', answer: async () => ({ body: '<html><body>Sign in to continue</body></html>' }), ...notAsked },
  { name: 'json', answer: async () => ({ body: '{"status":"ok"}' }), ...notAsked },
  { name: 'ten-megabytes', answer: async () => ({ oversized: 10 * 1_048_576 }), ...notAsked },
]
/** The only one that is delivered as it is: public CAs add names for free. */
const EXTRA: Row = {
  name: 'extra-name',
  answer: ({ csr, dnsName }) => signed({ dns: [dnsName, `www.${dnsName}`] })({ csr }),
  says: /^Issued .*; the CA added www\.extra-name\./,
  reason: 'Issued',
}

/** As `openssl crl2pkcs7 -nocrl` writes it. */
const EMPTY_PKCS7 = '-----BEGIN PKCS7-----\nMCMGCSqGSIb3DQEHAqAWMBQCAQExADALBgkqhkiG9w0BBwExAA==\n-----END PKCS7-----\n'

/** Two CAs, each certified by the other one, and neither by itself. */
async function loop(): Promise<string> {
  const { root, oldRoot, crossSignedRoot } = pki
  return crossSignedRoot.pem + (await createAuthority({ name: oldRoot.name, keys: oldRoot.keys, issuer: root })).pem
}

it('delivers nothing but the certificate that was asked for, waits for what the CA can put right, and orders once', async () => {
  showLogsOnFailure(operator)
  const { world, simulator } = release
  const { control } = simulator
  const namespace = await release.readyIssuer('answers')
  const spending = spendingIn(release, namespace)
  const rows = [...ROWS, EXTRA]
  const csrs = new Map<string, string>()
  // The certificate of the first one would fit this one too.
  const dnsNameOf = (name: string): string => `${name === 'same-serial' ? 'first' : name}.${domainOf(namespace)}`
  const shared = await createKeys()
  const others = await createKeys()
  const keysOf = (name: string): TestKeys => (name === 'first' || name === 'same-serial' ? shared : others)
  const ask = async (names: readonly string[]): Promise<void> => {
    for (const name of names) csrs.set(name, (await createCsr({ dns: [dnsNameOf(name)], keys: keysOf(name) })).pem)
    await world.apply(...names.map((name) => request(namespace, name, csrs.get(name) ?? '')))
  }
  await ask(['first'])
  await spending.settled([[1, isIssued]])
  const { status } = (await world.get<CertificateRequest>('certificaterequest', 'first', namespace)) ?? {}
  const first = Buffer.from(status?.certificate ?? '', 'base64').toString()

  await control.patchSettings({ approval: 'manual' })
  await ask(rows.map(({ name }) => name))
  const ordered = async (): Promise<readonly OrderSummary[] | false> => {
    const orders = await spending.orders()
    return orders.length === rows.length + 1 && orders
  }
  const orders = await waitUntil(ordered, { what: 'SCM to have all orders', timeoutMs: LATE_MS })
  for (const { name, answer } of rows) {
    const dnsName = dnsNameOf(name)
    const { id = 0 } = orders.findLast(({ names }) => names.includes(dnsName)) ?? {}
    const { body, oversized } = await answer({ csr: csrs.get(name) ?? '', dnsName, first })
    const spoiled = body === undefined ? { oversized } : { status: 200, body }
    await control.addFault({ match: { path: `/api/ssl/v1/collect/${id}` }, ...spoiled })
    await control.approve(id)
  }
  const says = async (): Promise<Readonly<Record<string, { request: string; record: string | undefined }>>> => {
    const records = await world.list<CertificateOrder>('certificateorders', namespace)
    const requests = await world.list<CertificateRequest>('certificaterequests', namespace)
    return Object.fromEntries(
      requests.map((one) => {
        const record = records.find(({ spec }) => spec.requestRef.uid === one.metadata.uid)
        const ready = record?.status?.conditions?.find(({ type }) => type === 'Ready')
        return [one.metadata.name, { request: wordOn(one), record: ready?.reason }]
      }),
    )
  }
  const expected = Object.fromEntries(
    rows.map((row) => [row.name, { request: expect.stringMatching(row.says), record: row.reason }]),
  )
  await expect.poll(says, { timeout: LATE_MS, interval: 500 }).toMatchObject(expected)

  // The truth at last.
  await control.clearFaults()
  const curable = rows.filter(({ reason }) => reason === 'Stalled' || reason === 'Pending')
  const cured = curable.map(({ name }) => [name, { request: expect.stringMatching(/^Issued /), record: 'Issued' }])
  await expect
    .poll(says, { timeout: LATE_MS, interval: 500 })
    .toMatchObject({ ...expected, ...Object.fromEntries(cured) })
  expect(await spending.orders()).toHaveLength(rows.length + 1)
  const failures = await world.list<CertificateRequest>('certificaterequests', namespace)
  const failed = failures.filter(({ status }) => status?.failureTime !== undefined)
  expect(failed.map(({ metadata }) => metadata.name).toSorted()).toEqual(['ca-certificate', 'other-key', 'same-serial'])
  expect(failed.every(({ status }) => (status?.certificate ?? '') === '')).toBe(true)
  // It awaits approval, is stalled, is issued: each is said once, however often it is looked at.
  const { statuses } = await writesOf(
    spending,
    rows.map(({ name }) => name),
  )
  expect(Math.max(...statuses)).toBeLessThanOrEqual(4)
})

/** A terminal's escapes, lines of its own, text that runs backwards, a script, half a character, and no end. */
const NASTY = `\u001b[31mred\u001b[0m\r\nReady: True\u2028\u202egnp.exe\u202c\u200b<script>x()</script>\ud83d${'and more '.repeat(20_000)}`
const LONGEST_SAID = 2_000

it('says of what a CA wrote no more than a clean line', async () => {
  showLogsOnFailure(operator)
  const { world, simulator } = release
  const { control } = simulator
  const namespace = await release.readyIssuer('texts')
  const answers = [
    ['profile', { status: 400, body: { code: -36, description: NASTY } }, '[31mred [0m Ready: True gnp.exe'],
    ['csr', { status: 400, body: { code: -138, description: NASTY } }, '[31mred [0m Ready: True gnp.exe'],
    ['text', { status: 500, body: NASTY }, 'OrderUnknown'],
    ['code', { status: 400, body: { code: NASTY, description: NASTY } }, 'OrderUnknown'],
  ] as const
  const said: string[] = []
  for (const [name, answer, words] of answers) {
    await control.addFault({ match: { method: 'POST', path: '/api/ssl/v1/enroll' }, ...answer })
    const { pem } = await createCsr({ dns: [`${name}.${domainOf(namespace)}`] })
    await world.apply(request(namespace, name, pem))
    await world.ready('certificaterequest', name, namespace, ({ message }) => message.includes(words))
    const { stdout } = await world.cluster.kubectl([
      ...['get', 'certificaterequests,certificateorders,sectigoissuers,events.events.k8s.io'],
      ...['--namespace', namespace, '-o', 'json'],
    ])
    said.push(...(JSON.parse(stdout) as { items: Said[] }).items.flatMap(textsOf))
    // Or it is sent again, and gets the answer that is meant for the next one.
    await world.cluster.kubectl(['delete', 'certificaterequest', name, '--namespace', namespace])
    await control.clearFaults()
  }
  expect(said.filter((text) => text.includes('Ready: True')).length).toBeGreaterThanOrEqual(answers.length)
  expect(
    said.filter((text) => text.length > LONGEST_SAID || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|<script/u.test(text)),
  ).toEqual([])
})

interface Said {
  readonly note?: string
  readonly status?: { readonly conditions?: readonly { readonly message: string }[] }
}

function textsOf({ note, status }: Said): readonly string[] {
  return [...(note === undefined ? [] : [note]), ...(status?.conditions ?? []).map(({ message }) => message)]
}

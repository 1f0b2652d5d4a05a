// Requests that can never be met: they fail at once and for good, say which field and what helps, and buy nothing.
import { afterEach, beforeAll, expect, it } from 'vitest'
import type { Condition } from '../../src/kube/resource.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { openssl } from '../support/openssl.ts'
import { createCsr } from '../support/pki.ts'
import { enrolments, operatorCalls } from './evidence.ts'
import {
  type CertificateOrder,
  type CertificateRequest,
  certificate,
  hasReason,
  readyIssuer,
  request,
  type SharedWorld,
  useWorld,
} from './world.ts'

let world: SharedWorld
let enrolledBefore: number
beforeAll(async () => {
  world = useWorld()
  enrolledBefore = await enrolments(world)
})
afterEach(async () => {
  expect((await fetch(`${world.installation.healthUrl}/readyz`)).status).toBe(200)
  expect(await enrolments(world)).toBe(enrolledBefore)
})

/** Waits for its end, which came in one write, failureTime included, and without a record of an order; the message. */
async function failed(name: string, namespace: string): Promise<string> {
  const { message } = await world.ready('certificaterequest', name, namespace, hasReason('Failed'))
  const { status } = (await world.get<CertificateRequest>('certificaterequest', name, namespace)) ?? {}
  expect(Date.parse(status?.failureTime ?? '')).not.toBeNaN()
  expect(await operatorCalls(world, { namespace, name })).toEqual(['patch certificaterequests/status'])
  expect(await world.list<CertificateOrder>('certificateorders', namespace)).toEqual([])
  return message
}

const noCsr = async (): Promise<Buffer> => Buffer.from('not one')

async function brokenSignature(): Promise<Buffer> {
  const { pem } = await createCsr({ dns: ['signature.acme.example'] })
  const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  return der
}

function asPem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
}

it.concurrent.each<[string, () => Promise<string>]>([
  ['is no PEM', async () => 'not even PEM'],
  ['is malformed', async () => asPem(await noCsr())],
  ['has a broken signature', async () => asPem(await brokenSignature())],
])('a request whose CSR %s is refused by cert-manager’s webhook, which names the field', async (_case, csr) => {
  const namespace = await world.namespace('refused')
  const draft = request(namespace, 'refused', await csr())
  await expect(world.apply(draft)).rejects.toThrow(/denied the request: spec\.request: /)
})

it.concurrent.each<[string, () => Promise<Buffer>, string]>([
  ['malformed', noCsr, 'the input is not a well-formed certificate signing request (PKCS#10)'],
  ['signature', brokenSignature, 'the signature does not verify with the public key in the request'],
  // An object of 1.2 MB; etcd takes none of more than 1.5.
  ['megabyte', async () => Buffer.alloc(700_000), 'the input is larger than 32768 bytes'],
])(
  'a request with a bad CSR (%s) fails in a namespace where that webhook is switched off',
  async (name, csr, words) => {
    const namespace = await readyIssuer(world, name)
    await world.cluster.kubectl(['label', 'namespace', namespace, 'cert-manager.io/disable-validation=true'])
    const input = JSON.stringify(request(namespace, name, asPem(await csr())))
    // The API server learns of the label a moment later. Not applied: kubectl would keep it whole in an annotation.
    const created = async (): Promise<unknown> => world.cluster.kubectl(['create', '-f', '-'], { input })
    await waitUntil(created, { what: 'the webhook to be off', timeoutMs: 60_000 })
    expect(await failed(name, namespace)).toBe(`No order was made: spec.request: ${words}`)
  },
)

// The webhook takes it, but whoever approves by one name may not be whoever reads the other.
it.concurrent('a request whose CSR has two common names fails', async () => {
  const namespace = await readyIssuer(world, 'two-names')
  const subject = '/CN=harmless.acme.example/CN=bank.acme.example'
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key']
  const der = await openssl(['req', '-new', ...key, '-subj', subject, '-outform', 'DER', '-out', 'out'])
  await world.apply(request(namespace, 'two-names', asPem(der)))
  expect(await failed('two-names', namespace)).toBe(
    'No order was made: spec.request: the subject has more than one common name',
  )
})

it.concurrent('a Certificate with isCA fails, and says why itself', async () => {
  const namespace = await readyIssuer(world, 'is-ca')
  await world.apply(certificate(namespace, 'authority', { isCA: true }))
  const message = 'No order was made: spec.isCA: SCM sells no CA certificates; remove isCA'
  // Its writes are not counted: cert-manager may have made the request a second time, under the same name.
  const request = await world.ready('certificaterequest', 'authority-1', namespace, hasReason('Failed'))
  expect(request.message).toBe(message)
  expect(await world.list<CertificateOrder>('certificateorders', namespace)).toEqual([])
  const said = async (): Promise<boolean> => {
    const found = await world.get<{ status?: { conditions?: Condition[] } }>('certificate', 'authority', namespace)
    return found?.status?.conditions?.some((condition) => condition.message.includes(message)) ?? false
  }
  await waitUntil(said, { what: 'the Certificate to say why', timeoutMs: 60_000 })
  // Or cert-manager tries again for as long as the tests run.
  await world.cluster.kubectl(['delete', 'certificate', 'authority', '--namespace', namespace])
})

it.concurrent('a request with a URI among its names fails for an SSL profile', async () => {
  const namespace = await readyIssuer(world, 'uri')
  const { pem } = await createCsr({ dns: ['uri.acme.example'], uri: ['spiffe://acme.example/web'] })
  await world.apply(request(namespace, 'uri', pem))
  expect(await failed('uri', namespace)).toBe(
    'No order was made: spec.request (SAN): ssl certificates carry names of type dns, ip only; remove uri spiffe://acme.example/web',
  )
})

it.concurrent('a request with a key that the profile does not take fails', async () => {
  const namespace = await readyIssuer(world, 'key', { ssl: { profile: { name: 'DV SSL 90' } } })
  const { pem } = await createCsr({ dns: ['key.acme.example'], key: 'P-256' })
  await world.apply(request(namespace, 'key', pem))
  expect(await failed('key', namespace)).toBe(
    'No order was made: spec.request (key): the key is EC P-256; profile "DV SSL 90" allows RSA 2048, RSA 3072, RSA 4096',
  )
})

it.concurrent('a request for an issuer whose name is no name is told so in one clean line, once', async () => {
  const namespace = await world.namespace('no-name')
  const { pem } = await createCsr({ dns: ['no-name.acme.example'] })
  // Half a character would come back as another one, and be written again at each look.
  const name = `\u001b[31m\r\n\u202egnp.exe${'\u{1f600}'.repeat(200)}`
  await world.apply(
    request(namespace, 'no-name', pem, { issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name } }),
  )
  const { message } = await world.ready('certificaterequest', 'no-name', namespace, hasReason('Pending'))
  expect(message).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]{1,500}$/u)
  const annotate = ['annotate', 'certificaterequest', 'no-name', '--namespace', namespace]
  for (const look of ['one', 'two']) await world.cluster.kubectl([...annotate, '--overwrite', `look=${look}`])
  const calls = (): Promise<readonly string[]> => operatorCalls(world, { namespace })
  const told = async (): Promise<boolean> => (await calls()).includes('create events')
  await waitUntil(told, { what: 'the event', timeoutMs: 60_000 })
  expect((await calls()).filter((call) => call.startsWith('patch'))).toEqual(['patch certificaterequests/status'])
})

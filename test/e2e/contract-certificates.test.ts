// cert-manager's contract for external issuers, line by line (3): what is delivered, what never is, and what cert-manager then makes
// of it: a Certificate can always recover.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CertificateRequest, certificateRequests } from '../../src/api/certificate-request.ts'
import type { ObjectRef } from '../../src/kube/resource.ts'
import { X509Certificate, X509Certificates } from '../../src/x509/peculiar.ts'
import { createKeys, createTestPki, type TestPki } from '../support/pki.ts'
import { type ContractWorld, certificates, contractWorld, REF, secrets } from './contract-world.ts'
import { readyOf } from './request-history.ts'

let contract: ContractWorld
let pki: TestPki
beforeAll(async () => {
  ;[contract, pki] = await Promise.all([contractWorld('certificates'), createTestPki()])
})
afterAll(() => contract.close())

const fieldManager = 'certwright-contract'

/** Writes the Certificate `name`; the reference of its first request. */
async function wanted(
  namespace: string,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<ObjectRef> {
  const dnsNames = [`${name}.${namespace}.acme.example`]
  const privateKey = { algorithm: 'ECDSA', size: 256 }
  const usual = { secretName: `${name}-tls`, dnsNames, privateKey, issuerRef: REF }
  const draft = { metadata: { namespace, name }, spec: { ...usual, ...spec } }
  await contract.client.apply(certificates, draft, { fieldManager, force: true })
  return { namespace, name: `${name}-1` }
}

async function certificateIsReady(namespace: string, name: string): Promise<void> {
  await contract.until(`Certificate ${namespace}/${name} to be Ready`, async () => {
    const { status } = await contract.client.get(certificates, { namespace, name })
    return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  })
}

/** The next request of the same name, which cert-manager makes when its back-off is over. */
async function retryOf({ metadata }: CertificateRequest): Promise<{ ref: ObjectRef & { uid: string }; order: number }> {
  const next = await contract.first(metadata, 'made again', ({ metadata: { uid } }) => uid !== metadata.uid)
  const ref = next.metadata
  return { ref, order: await contract.ordered(ref) }
}

/** The CSR in PEM. */
function csrIn({ spec }: CertificateRequest): string {
  return Buffer.from(spec.request, 'base64').toString()
}

async function firstVersion(ref: ObjectRef): Promise<CertificateRequest> {
  return contract.first(ref, 'made', () => true)
}

/** No version was ever Failed without its time, had the time without being Failed, or had a certificate. */
function expectFailedInOneWrite(versions: readonly CertificateRequest[]): void {
  const failed = versions.filter((version) => readyOf(version)?.reason === 'Failed')
  expect(failed).toHaveLength(1)
  expect(versions.filter(({ status }) => status?.failureTime !== undefined)).toEqual(failed)
  for (const { metadata, status } of failed) {
    const failureTime = Date.parse(status?.failureTime ?? '')
    expect(failureTime).toBeGreaterThanOrEqual(Date.parse(metadata.creationTimestamp))
    expect(status?.certificate).toBeUndefined()
  }
}

describe.concurrent('an order that ended at SCM', () => {
  it.each(['Rejected', 'Invalid', 'Revoked'])('contract 14: as %s fails its request', async (word) => {
    const { namespace } = await contract.tenant('ended')
    const ref = await contract.ask(namespace, 'asked')
    const order = await contract.ordered(ref)
    await contract.scm.setStatus(order, word)
    expect(readyOf(await contract.ended(ref, 'Failed'))?.message).toBe(`Order ${order} ended as "${word}"`)
    expectFailedInOneWrite(await contract.upToNow(ref))
    expect(await contract.recordOf(ref)).toMatchObject({ status: { phase: 'Failed' } })
  })
})

describe.concurrent('a Certificate', () => {
  it('contract 11: whose request Failed, with failureTime in the same write, gets a new request and a new order', async () => {
    const { namespace } = await contract.tenant('retried')
    const ref = await wanted(namespace, 'web')
    const order = await contract.ordered(ref)
    await contract.scm.decline(order)
    const failed = await contract.ended(ref, 'Failed')
    const retry = await retryOf(failed)
    expectFailedInOneWrite(contract.versions(ref).filter(({ metadata }) => metadata.uid === failed.metadata.uid))
    expect(retry.order).not.toBe(order)
    await contract.scm.approve(retry.order)
    await certificateIsReady(namespace, 'web')
    const phases = (await contract.records(namespace)).map(({ status }) => status?.phase)
    expect(phases.toSorted()).toEqual(['Failed', 'Issued'])
  })

  it('contract 14: that can never be met fails without an order, and recovers when it is corrected', async () => {
    const { namespace } = await contract.tenant('corrected')
    const ref = await wanted(namespace, 'web', { uris: ['spiffe://acme.example/web'] })
    const failed = await contract.ended(ref, 'Failed')
    expect(readyOf(failed)?.message).toContain('No order was made: spec.request (SAN)')
    await wanted(namespace, 'web')
    const retry = await retryOf(failed)
    await contract.scm.approve(retry.order)
    await certificateIsReady(namespace, 'web')
    expect(await contract.records(namespace)).toHaveLength(1)
  })

  it('contract 20: for which SCM issued another key is never Issued, and recovers with a new order', async () => {
    const { namespace } = await contract.tenant('wrong-key')
    const ref = await wanted(namespace, 'web')
    const order = await contract.ordered(ref)
    const { publicKey } = await createKeys()
    const leaf = await pki.intermediate.sign(csrIn(await firstVersion(ref)), { publicKey })
    await contract.onCollect(order, leaf + pki.intermediate.pem)
    await contract.scm.issue(order)
    const failed = await contract.ended(ref, 'Failed')
    expect(readyOf(failed)?.message).toContain(
      `Order ${order} is not delivered: no certificate in the answer has the public key`,
    )
    const retry = await retryOf(failed)
    expectFailedInOneWrite(contract.versions(ref).filter(({ metadata }) => metadata.uid === failed.metadata.uid))
    await contract.scm.approve(retry.order)
    await certificateIsReady(namespace, 'web')
  })
})

/** What SCM answers for a leaf, and what belongs into status.certificate and status.ca of it. */
interface Delivery {
  readonly answer: readonly string[]
  readonly above: readonly string[]
  readonly ca: string
}

describe.concurrent('a chain', () => {
  const deliveries: readonly [string, (leaf: string, pki: TestPki) => Delivery, ((pem: string) => string)?][] = [
    ['root first', (leaf, { root, intermediate }) => plain([root.pem, intermediate.pem, leaf])],
    ['in no order', (leaf, { root, intermediate }) => plain([intermediate.pem, leaf, root.pem])],
    ['with duplicates', (leaf, { root, intermediate: { pem } }) => plain([leaf, pem, leaf, root.pem, pem, root.pem])],
    ['without its root', (leaf, { intermediate: { pem } }) => ({ answer: [pem, leaf], above: [pem], ca: pem })],
    [
      'that ends in a cross-signed root',
      (leaf, { intermediate: { pem }, crossSignedRoot: cross }) => ({
        answer: [cross.pem, leaf, pem],
        above: [pem, cross.pem],
        ca: cross.pem,
      }),
    ],
    [
      'with two ways up',
      (leaf, { root, intermediate, crossSignedRoot, oldRoot }) =>
        plain([leaf, oldRoot.pem, crossSignedRoot.pem, intermediate.pem, root.pem]),
    ],
    [
      'with text around it',
      (leaf, { root, intermediate }) => plain([leaf, intermediate.pem, root.pem]),
      (pem) => `Your certificate:\n${pem.replaceAll('-----BEGIN', 'issuer=CN = Somebody\n-----BEGIN')}\nKind regards\n`,
    ],
    [
      'with CRLF and no last line end',
      (leaf, { root, intermediate }) => plain([leaf, intermediate.pem, root.pem]),
      (pem) => pem.trimEnd().replaceAll('\n', '\r\n'),
    ],
    ['in PKCS#7', (leaf, { root, intermediate }) => plain([leaf, intermediate.pem, root.pem]), asPkcs7],
  ]

  /** What most answers come to. */
  function plain(answer: readonly string[]): Delivery {
    return { answer, above: [pki.intermediate.pem], ca: pki.root.pem }
  }

  function asPkcs7(pem: string): string {
    const blocks = pem.split(/(?<=-----END CERTIFICATE-----\n)/)
    return new X509Certificates(blocks.map((block) => new X509Certificate(block))).export('pem')
  }

  it.each(deliveries)('contract 21: %s is delivered leaf first, and cert-manager takes it', async (title, of, as) => {
    const { namespace } = await contract.tenant('chain')
    const ref = await wanted(namespace, 'web')
    const order = await contract.ordered(ref)
    const leaf = await pki.intermediate.sign(csrIn(await firstVersion(ref)))
    const { answer, above, ca } = of(leaf, pki)
    await contract.onCollect(order, (as ?? String)(answer.join('')))
    await contract.scm.issue(order)
    const { status } = await contract.ended(ref, 'Issued')
    expect(Buffer.from(status?.certificate ?? '', 'base64').toString(), title).toBe([leaf, ...above].join(''))
    expect(Buffer.from(status?.ca ?? '', 'base64').toString()).toBe(ca)
    await certificateIsReady(namespace, 'web')
    const { data } = await contract.client.get(secrets, { namespace, name: 'web-tls' })
    expect(data).toMatchObject({ 'tls.crt': status?.certificate, 'ca.crt': status?.ca })
  })

  it.each<[string, (leaf: string) => Promise<string>, string]>([
    [
      'with an unrelated certificate',
      async (leaf) => leaf + pki.intermediate.pem + pki.root.pem + (await createTestPki()).root.pem,
      'the chain holds a certificate that does not belong to it',
    ],
    [
      'with a gap',
      async (leaf) => leaf + pki.root.pem,
      'an issuer between the certificate and the rest of its chain is missing',
    ],
  ])('contract 22: %s is Stalled, not Failed, and told once', async (_title, of, words) => {
    const { namespace } = await contract.tenant('stalled')
    const ref = await contract.ask(namespace, 'asked')
    const order = await contract.ordered(ref)
    await contract.onCollect(order, await of(await pki.intermediate.sign(ref.csr.pem)))
    await contract.scm.issue(order)
    await contract.pending(ref, `Stalled: order ${order} was issued, but ${words}`)
    expect(await contract.recordOf(ref)).toMatchObject({ status: { phase: 'Open', remote: { id: String(order) } } })
    await contract.until('its event', async () => (await contract.told(ref)).length > 0)
    expect(await contract.told(ref)).toEqual(['Warning Stalled 1'])
    expect((await contract.upToNow(ref)).at(-1)?.status?.certificate).toBeUndefined()
  })

  it('contract 22: that is Stalled can be given up: the Certificate recovers when its request is deleted', async () => {
    const { namespace } = await contract.tenant('given-up')
    // With an RSA key cert-manager asks again with the very same CSR.
    const ref = await wanted(namespace, 'web', { privateKey: { algorithm: 'RSA', size: 2048 } })
    const order = await contract.ordered(ref)
    const request = await firstVersion(ref)
    await contract.onCollect(order, (await pki.intermediate.sign(csrIn(request))) + pki.root.pem)
    await contract.scm.issue(order)
    await contract.pending(ref, `Stalled: order ${order} was issued`)
    await contract.client.delete(certificateRequests, ref)
    const retry = await retryOf(request)
    expect(csrIn(await contract.first(ref, 'made again', ({ metadata }) => metadata.uid === retry.ref.uid))).toBe(
      csrIn(request),
    )
    expect(retry.order).not.toBe(order)
    await contract.scm.approve(retry.order)
    await certificateIsReady(namespace, 'web')
  })
})

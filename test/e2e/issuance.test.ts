// The promises to an application team: a Certificate becomes Ready, the Secret holds a chain that verifies, the status says
// what is waited for, and it costs one order.
import { createPublicKey, X509Certificate } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { DEFAULT_SETTINGS } from '../simulators/sectigo/settings.ts'
import { callsOf } from '../support/audit.ts'
import { opensslVerify } from '../support/openssl.ts'
import { createCsr } from '../support/pki.ts'
import { operatorCalls } from './evidence.ts'
import {
  type CertificateOrder,
  type CertificateRequest,
  CLIENT,
  CLIENT_PROFILE,
  certificate,
  DEVICE_PROFILE,
  hasReason,
  issuer,
  isTrue,
  LOGIN,
  ORGANIZATION,
  readyIssuer,
  request,
  type SharedWorld,
  secret,
  useWorld,
} from './world.ts'

let world: SharedWorld
beforeAll(() => {
  world = useWorld()
})
afterEach(async () => {
  await world.scm.patchSettings(DEFAULT_SETTINGS)
})

interface TlsSecret {
  readonly data: { readonly 'tls.crt': string; readonly 'tls.key': string; readonly 'ca.crt': string }
}

/** Reads the Secret that cert-manager wrote and lets openssl judge it against the simulator's root. */
async function verifiedSecret(
  namespace: string,
  name: string,
): Promise<{ leaf: X509Certificate; blocks: number; ca: string }> {
  const found = await world.get<TlsSecret>('secret', name, namespace)
  const [chain = '', key = '', ca = ''] = (['tls.crt', 'tls.key', 'ca.crt'] as const).map((entry) =>
    Buffer.from(found?.data[entry] ?? '', 'base64').toString(),
  )
  const leaf = new X509Certificate(chain)
  await opensslVerify({ chain, root: world.installation.simulator.rootPem })
  const spki = { type: 'spki', format: 'pem' } as const
  expect(leaf.publicKey.export(spki)).toBe(createPublicKey(key).export(spki))
  return { leaf, blocks: chain.split('BEGIN CERTIFICATE').length - 1, ca }
}

describe('a Certificate', () => {
  it('becomes Ready through an SSL profile, leaf first, with the root as ca.crt', async () => {
    const namespace = await readyIssuer(world, 'ssl')
    await world.apply(
      certificate(namespace, 'web', {
        commonName: 'web.acme.example',
        dnsNames: ['web.acme.example', 'api.acme.example'],
      }),
    )
    await world.ready('certificate', 'web', namespace, isTrue)
    const { leaf, blocks, ca } = await verifiedSecret(namespace, 'web-tls')
    expect(leaf.subject).toContain('O=Acme Ltd')
    expect(leaf.subjectAltName?.split(', ').toSorted()).toEqual(['DNS:api.acme.example', 'DNS:web.acme.example'])
    expect(blocks).toBe(2)
    expect(ca.trim()).toBe(world.installation.simulator.rootPem.trim())
  })

  it('of a public profile is issued without the usages that such a CA leaves out, and its request says so', async () => {
    const namespace = await readyIssuer(world, 'usages')
    await world.apply(certificate(namespace, 'both', { usages: ['server auth', 'client auth'] }))
    await world.ready('certificate', 'both', namespace, isTrue)
    const { message } = await world.ready('certificaterequest', 'both-1', namespace, isTrue)
    expect(message).toMatch(/^Certificate \w+ was issued as order \d+; the CA left out client auth$/)
  })

  it('becomes Ready through a device profile, a cluster issuer and OAuth2', async () => {
    const { namespace: operatorNamespace, simulator } = world.installation
    const namespace = await world.namespace('device')
    const name = `devices-${namespace}`
    await world.apply(
      secret(operatorNamespace, name, CLIENT),
      issuer(
        world,
        { name },
        {
          auth: { oauth2: { tokenUrl: simulator.tokenUrl, secretRef: { name } } },
          ssl: undefined,
          device: { profile: { name: DEVICE_PROFILE }, term: { policy: 'AtMost' } },
        },
      ),
    )
    await world.ready('sectigoclusterissuer', name, undefined, isTrue)
    await world.apply(certificate(namespace, 'sensor', { duration: '2400h' }, { kind: 'SectigoClusterIssuer', name }))
    await world.ready('certificate', 'sensor', namespace, isTrue)
    const { leaf } = await verifiedSecret(namespace, 'sensor-tls')
    const days = (leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 86_400_000
    expect(Math.round(days)).toBe(90)
    const [order] = await world.list<CertificateOrder>('certificateorders', namespace)
    expect(order?.spec.target).toMatchObject({
      product: 'device',
      term: 90,
      tenant: simulator.tokenUrl,
      organization: String(ORGANIZATION),
    })
    expect(order?.status).toMatchObject({
      phase: 'Issued',
      serial: expect.stringMatching(/^[0-9A-F]+$/),
      remote: { state: 'Issued' },
    })
  })

  it('becomes Ready through a client profile, by a login with a TLS client certificate', async () => {
    const login = 'api-user'
    const { certificatePem, keyPem } = await world.scm.issueClientCertificate(login)
    const namespace = await world.namespace('client')
    await world.apply(
      {
        ...secret(namespace, 'scm-mtls', { 'tls.crt': certificatePem, 'tls.key': keyPem }),
        type: 'kubernetes.io/tls',
      },
      issuer(
        world,
        { name: 'scm', namespace },
        {
          auth: { clientCertificate: { customerUri: LOGIN.customerUri, login, secretRef: { name: 'scm-mtls' } } },
          ssl: undefined,
          client: { profile: { name: CLIENT_PROFILE }, person: { firstName: 'Ada', lastName: 'Lovelace' } },
        },
      ),
    )
    await world.ready('sectigoissuer', 'scm', namespace, isTrue)
    const mail = { emailAddresses: ['ada@acme.example'], dnsNames: undefined, commonName: 'Ada Lovelace' }
    await world.apply(certificate(namespace, 'ada', mail))
    await world.ready('certificate', 'ada', namespace, isTrue)
    const { leaf } = await verifiedSecret(namespace, 'ada-tls')
    expect(leaf.subjectAltName).toBe('email:ada@acme.example')
    const [order] = await world.list<CertificateOrder>('certificateorders', namespace)
    expect(order).toMatchObject({ spec: { target: { product: 'client' } }, status: { phase: 'Issued' } })
  })

  it('is ordered once, with at most 2 calls to SCM beside the enrolment and 5 writes to Kubernetes', async () => {
    const namespace = await readyIssuer(world, 'budget')
    const before = (await world.scm.counters()).calls
    await world.apply(certificate(namespace, 'one'))
    await world.ready('certificate', 'one', namespace, isTrue)
    const after = (await world.scm.counters()).calls
    const made = Object.entries(after).flatMap(([endpoint, answers]) => {
      const earlier = before[endpoint] ?? {}
      const calls = Object.entries(answers).reduce((sum, [answer, times]) => sum + times - (earlier[answer] ?? 0), 0)
      return calls === 0 ? [] : [[endpoint, calls] as const]
    })
    // Other issuers of this run are checked again meanwhile: `types` and `customFields` are asked for no certificate.
    const ofIssuers = /\/(?:types|customFields)$/
    const ofOrders = made.filter(([endpoint]) => endpoint.includes('/ssl/v1') && !ofIssuers.test(endpoint))
    expect(Object.fromEntries(ofOrders)).toEqual({
      'POST /api/ssl/v1/enroll': 1,
      'GET /api/ssl/v1/:id': 1,
      'GET /api/ssl/v1/collect/:id': 1,
    })
    const writes = await waitUntil(
      async () => {
        const found = await writesIn(namespace)
        return found.some((write) => write.endsWith('events')) ? found : undefined
      },
      { what: 'the last write to be in the audit log', timeoutMs: 60_000 },
    )
    expect(writes).toEqual([
      'create certificateorders',
      'patch certificateorders/status',
      'patch certificateorders/status',
      'patch certificaterequests/status',
      'create events',
    ])
  })
})

/** What our ServiceAccount wrote in a namespace, in order, from the API server's own audit log; leases and issuers aside. */
async function writesIn(namespace: string): Promise<readonly string[]> {
  const calls = await callsOf(world.cluster, { namespace: world.installation.namespace, name: 'certwright' })
  return calls.flatMap(({ verb, objectRef }) => {
    if (objectRef?.namespace !== namespace || READS.includes(verb) || objectRef.resource === 'sectigoissuers') return []
    return [`${verb} ${[objectRef.resource, objectRef.subresource].filter(Boolean).join('/')}`]
  })
}

const READS = ['get', 'list', 'watch']

/** Nothing is issued by itself. */
const A_DAY_MS = 86_400_000

describe('a CertificateRequest', () => {
  /** Namespaces with the record of an order that failed. */
  const ended: string[] = []

  it('contract 24: made by a person says what it waits for while SCM works and while somebody must approve, and is issued then', async () => {
    const namespace = await readyIssuer(world, 'slow')
    await world.scm.patchSettings({ approval: 'manual', issueDelayMs: A_DAY_MS })
    const { pem } = await createCsr({ dns: ['slow.acme.example'] })
    await world.apply(request(namespace, 'slow', pem))
    const waiting = await world.ready('certificaterequest', 'slow', namespace, ({ message }) =>
      message.includes('"Requested"'),
    )
    expect(waiting).toMatchObject({
      reason: 'Pending',
      message: expect.stringMatching(/^Order \d+ is "Requested": waiting for approval/),
    })
    const [order] = await world.list<CertificateOrder>('certificateorders', namespace)
    const id = Number(order?.status?.remote?.id)
    const approved = await world.scm.approve(id)
    expect(approved.comments).toBe(`certwright:1:${order?.spec.requestRef.uid}:1 ${namespace}/slow`)
    await world.scm.setStatus(id, 'Applied')
    await world.ready('certificaterequest', 'slow', namespace, ({ message }) =>
      message.startsWith(`Order ${id} is "Applied": waiting for the CA: if it stays so, see the validation of the org`),
    )
    await world.scm.issue(id)
    const issued = await world.ready('certificaterequest', 'slow', namespace, isTrue)
    expect(issued).toMatchObject({ reason: 'Issued', message: expect.stringContaining(`as order ${id}`) })
  })

  it('contract 14: fails with SCM’s word when the order is declined, with failureTime, and keeps its record', async () => {
    const namespace = await readyIssuer(world, 'declined')
    await world.scm.patchSettings({ approval: 'manual' })
    await world.apply(request(namespace, 'no', (await createCsr({ dns: ['no.acme.example'] })).pem))
    await world.ready('certificaterequest', 'no', namespace, ({ message }) => message.includes('"Requested"'))
    const [order] = await world.list<CertificateOrder>('certificateorders', namespace)
    await world.scm.decline(Number(order?.status?.remote?.id))
    const failed = await world.ready('certificaterequest', 'no', namespace, hasReason('Failed'))
    expect(failed.message).toMatch(/^Order \d+ ended as "Declined"$/)
    const { status } = (await world.get<CertificateRequest>('certificaterequest', 'no', namespace)) ?? {}
    expect(status?.failureTime).toBeDefined()
    await world.cluster.kubectl(['delete', 'certificaterequest', 'no', '--namespace', namespace])
    expect(await world.list<CertificateOrder>('certificateorders', namespace)).toMatchObject([
      { status: { phase: 'Failed' } },
    ])
    ended.push(namespace)
  })

  it('contract 8: waits for an issuer that is made later', async () => {
    const namespace = await world.namespace('later')
    await world.apply(request(namespace, 'early', (await createCsr({ dns: ['early.acme.example'] })).pem))
    const waiting = await world.ready('certificaterequest', 'early', namespace, hasReason('Pending'))
    expect(waiting.message).toBe(`Waiting for SectigoIssuer "scm", which does not exist in namespace "${namespace}"`)
    await world.apply(secret(namespace, 'scm', { password: LOGIN.password }), issuer(world, { name: 'scm', namespace }))
    await world.ready('certificaterequest', 'early', namespace, isTrue)
    expect((await world.scm.orders()).filter(({ names }) => names.includes('early.acme.example'))).toHaveLength(1)
  })

  it('that failed has no record any more when that is of no further use', async () => {
    const [namespace = ''] = ended
    const records = (): Promise<readonly CertificateOrder[]> => world.list('certificateorders', namespace)
    await expect.poll(records, { timeout: 60_000, interval: 500 }).toEqual([])
    // By the operator itself, and not with the namespace.
    expect(await operatorCalls(world, { namespace })).toContain('delete certificateorders')
  })
})

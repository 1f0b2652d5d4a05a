// What an issuer's owner sees and may do: check, change, rotate, delete and make again, while orders are open.
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { DEFAULT_SETTINGS } from '../simulators/sectigo/settings.ts'
import { createAuthority, createCsr } from '../support/pki.ts'
import {
  type CertificateOrder,
  certificate,
  DEVICE_PROFILE,
  hasReason,
  issuer,
  isTrue,
  LOGIN,
  readyIssuer,
  request,
  type SectigoIssuer,
  type SharedWorld,
  SSL_PROFILE,
  secret,
  useWorld,
} from './world.ts'

let world: SharedWorld
let own: string
beforeAll(() => {
  world = useWorld()
  own = world.installation.namespace
})
afterEach(async () => {
  await world.scm.patchSettings(DEFAULT_SETTINGS)
  await world.scm.clearFaults()
})

/** Far below the 30 s that ten minutes take here, after which every issuer is checked for no reason. */
const BEFORE_ANY_TIMER_MS = 20_000

const rightPassword = (namespace: string, name = 'scm') => secret(namespace, name, { password: LOGIN.password })

/** The words of a table that kubectl prints, line by line; no cell of it may be empty or hold a blank. */
async function table(...args: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { stdout } = await world.cluster.kubectl(['get', ...args])
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/))
}

describe('an issuer', () => {
  it('is Ready for its generation, and kubectl shows what matters', async () => {
    const namespace = await readyIssuer(world, 'columns')
    const { generation, status } = await issuerIn(namespace)
    const ready = { type: 'Ready', status: 'True', reason: 'Checked', observedGeneration: generation }
    expect(status).toMatchObject({
      observedGeneration: generation,
      conditions: [ready],
      profile: { id: '5170', name: SSL_PROFILE, terms: [90, 199], keyTypes: { EC: ['P-256', 'P-384'] } },
      organization: { id: '8928', name: 'Acme Ltd' },
      credentials: { expires: '2099-12-31' },
    })
    const { url } = world.installation.simulator
    for (const kind of ['sectigoissuers', 'sectigoissuer', 'scmissuer'])
      expect(await table(kind, '--namespace', namespace)).toEqual([
        ['NAME', 'READY', 'STATUS', 'URL', 'ORG', 'AGE'],
        ['scm', 'True', 'Checked', url, '8928', expect.stringMatching(/^\d+[sm]/)],
      ])
  })

  it('is found by its short names and categories, and so are its orders', async () => {
    const namespace = await readyIssuer(world, 'names')
    const cluster = `names-${namespace}`
    await world.apply(
      rightPassword(own, cluster),
      issuer(world, { name: cluster }, password(cluster)),
      certificate(namespace, 'named'),
    )
    await world.ready('sectigoclusterissuer', cluster, undefined, isTrue)
    await world.ready('certificate', 'named', namespace, isTrue)
    const [order] = await world.list<CertificateOrder>('corder', namespace)
    const all = [
      'sectigoissuer.certwright.dev/scm',
      `sectigoclusterissuer.certwright.dev/${cluster}`,
      `certificateorder.certwright.dev/${order?.metadata.name}`,
    ]
    // kubectl remembers for minutes which kinds there are; other tests of this run had more.
    await world.cluster.kubectl(['api-resources', '--cached=false'])
    for (const category of ['certwright', 'cert-manager']) {
      const { stdout } = await world.cluster.kubectl(['get', category, '--all-namespaces', '-o', 'name'])
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(all))
    }
    expect((await table('scmclusterissuer', cluster))[1]?.slice(0, 3)).toEqual([cluster, 'True', 'Checked'])
    await world.cluster.kubectl(['delete', 'sectigoclusterissuer', cluster])
  })

  it('is checked again when its spec changes, and requests wait for the new answer', async () => {
    const namespace = await readyIssuer(world, 'change')
    const seen = (generation: number) =>
      world.ready('sectigoissuer', 'scm', namespace, (condition) => condition.observedGeneration === generation)
    await world.apply(issuer(world, { name: 'scm', namespace }, { ssl: { profile: { name: 'DV SSL 90' } } }))
    expect(await seen(2)).toMatchObject({ status: 'True', message: expect.stringContaining('"DV SSL 90"') })
    expect((await issuerIn(namespace)).status?.profile).toMatchObject({ id: '5171', terms: [90] })
    await world.apply(issuer(world, { name: 'scm', namespace }, { orgId: 1 }))
    expect(await seen(3)).toMatchObject({ status: 'False', reason: 'OrganizationNotFound' })
    expect((await issuerIn(namespace)).status?.observedGeneration).toBe(3)
    await world.apply(request(namespace, 'waits', (await createCsr({ dns: ['change.acme.example'] })).pem))
    await world.ready('certificaterequest', 'waits', namespace, hasReason('Pending'))
    await world.apply(issuer(world, { name: 'scm', namespace }))
    await world.ready('certificaterequest', 'waits', namespace, isTrue)
    expect((await issuerIn(namespace)).generation).toBe(4)
  })
})

describe.concurrent('a Secret that changes is noticed long before the issuer’s next check', () => {
  it('by the watch, for a cluster issuer', async () => {
    const name = `watched-${(await world.namespace('watched')).slice(-6)}`
    await world.apply(rightPassword(own, name), issuer(world, { name }, password(name)))
    await world.ready('sectigoclusterissuer', name, undefined, isTrue)
    await rotate(own, name, () => world.ready('sectigoclusterissuer', name, undefined, hasReason('SecretKeyMissing')))
    await world.apply(rightPassword(own, name))
    await world.ready('sectigoclusterissuer', name, undefined, isTrue)
    await world.cluster.kubectl(['delete', 'sectigoclusterissuer', name])
  })

  it('by a look every minute, for an issuer in another namespace', async () => {
    const namespace = await readyIssuer(world, 'unwatched')
    await rotate(namespace, 'scm', () => world.ready('sectigoissuer', 'scm', namespace, hasReason('SecretKeyMissing')))
    await world.apply(rightPassword(namespace))
    await world.ready('sectigoissuer', 'scm', namespace, isTrue)
  })

  async function rotate(namespace: string, name: string, noticed: () => Promise<unknown>): Promise<void> {
    const start = performance.now()
    await world.cluster.kubectl(['patch', 'secret', name, '--namespace', namespace, '-p', '{"data":{"password":null}}'])
    await noticed()
    expect(performance.now() - start).toBeLessThan(BEFORE_ANY_TIMER_MS)
  }
})

describe.concurrent('a CA bundle', () => {
  const holder = (kind: 'ConfigMap' | 'Secret', at: { namespace: string; name: string }, pem: string) => ({
    apiVersion: 'v1',
    kind,
    metadata: at,
    [kind === 'Secret' ? 'stringData' : 'data']: { 'scm.pem': pem },
  })
  const by = (kind: 'ConfigMap' | 'Secret', name: string) => ({ tls: { caBundleRef: { kind, name, key: 'scm.pem' } } })

  it.each(['ConfigMap', 'Secret'] as const)(
    'is read from a %s, beside an issuer or in the operator’s namespace',
    async (kind) => {
      const namespace = await world.namespace('bundle')
      const name = `bundle-${namespace.slice(-6)}`
      const { caPem } = world.installation.simulator
      await world.apply(
        holder(kind, { namespace, name }, caPem),
        holder(kind, { namespace: own, name }, caPem),
        rightPassword(namespace),
        rightPassword(own, `${name}-login`),
        issuer(world, { name: 'scm', namespace }, by(kind, name)),
        issuer(world, { name }, { ...password(`${name}-login`), ...by(kind, name) }),
      )
      await world.ready('sectigoissuer', 'scm', namespace, isTrue)
      await world.ready('sectigoclusterissuer', name, undefined, isTrue)
      await world.cluster.kubectl(['delete', 'sectigoclusterissuer', name])
    },
  )

  it('that is corrected in its ConfigMap is used', async () => {
    const namespace = await world.namespace('corrected')
    const at = { namespace, name: 'corp-ca' }
    const { pem } = await createAuthority({ name: 'Somebody else' })
    await world.apply(
      holder('ConfigMap', at, pem),
      rightPassword(namespace),
      issuer(world, { name: 'scm', namespace }, by('ConfigMap', 'corp-ca')),
    )
    await world.ready('sectigoissuer', 'scm', namespace, hasReason('TLSFailed'))
    await world.apply(holder('ConfigMap', at, world.installation.simulator.caPem))
    await world.ready('sectigoissuer', 'scm', namespace, isTrue)
  })
})

describe('an open order', () => {
  it('survives its issuer, which may be deleted and made again', async () => {
    await world.scm.patchSettings({ approval: 'manual' })
    const namespace = await readyIssuer(world, 'again')
    await world.apply(request(namespace, 'open', (await createCsr({ dns: ['again.acme.example'] })).pem))
    const requested = () =>
      world.ready('certificaterequest', 'open', namespace, ({ message }) => message.includes('"Requested"'))
    await requested()
    for (let times = 0; times < 2; times++) {
      await world.cluster.kubectl(['delete', 'sectigoissuer', 'scm', '--namespace', namespace])
      const gone = await world.ready(
        'certificaterequest',
        'open',
        namespace,
        ({ message }) => !message.includes('"Requested"'),
      )
      expect(gone).toMatchObject({
        reason: 'Pending',
        message: `Waiting for SectigoIssuer "scm", which does not exist in namespace "${namespace}"`,
      })
      await world.apply(issuer(world, { name: 'scm', namespace }))
      await requested()
    }
    const orders = (await world.scm.orders()).filter(({ names }) => names.includes('again.acme.example'))
    expect(orders).toHaveLength(1)
    await world.scm.approve(orders[0]?.id ?? 0)
    await world.ready('certificaterequest', 'open', namespace, isTrue)
    expect(await world.list('certificateorders', namespace)).toHaveLength(1)
    // The same news twice is one event that is counted.
    const counted = async (): Promise<boolean> => {
      const events = await world.list<{ reason: string; series?: { count: number } }>('events.events.k8s.io', namespace)
      const missing = events.filter(({ reason }) => reason === 'IssuerNotFound')
      return missing.length === 1 && missing[0]?.series?.count === 2
    }
    await waitUntil(counted, { what: 'the event to be counted', timeoutMs: 60_000 })
  })
})

describe('an order whose answer was lost', () => {
  it('is found and adopted, though its issuer was made again meanwhile', async () => {
    // Long enough to delete the issuer and make it again before the order can be found.
    await world.scm.patchSettings({ listVisibilityLagMs: 2_500, reportVisibilityLagMs: 2_500 })
    await world.scm.addFault({ match: { method: 'POST', path: '/api/ssl/v1/enroll' }, times: 1, cut: 'afterStoring' })
    const namespace = await readyIssuer(world, 'lost')
    await world.apply(request(namespace, 'lost', (await createCsr({ dns: ['lost.acme.example'] })).pem))
    await world.ready('certificaterequest', 'lost', namespace, ({ message }) => message.startsWith('OrderUnknown: '))
    await world.cluster.kubectl(['delete', 'sectigoissuer', 'scm', '--namespace', namespace])
    await world.apply(issuer(world, { name: 'scm', namespace }))
    await world.ready('certificaterequest', 'lost', namespace, isTrue)
    expect((await world.scm.orders()).filter(({ names }) => names.includes('lost.acme.example'))).toHaveLength(1)
  })
})

describe('issuers that share a login', () => {
  it('order what each is for, and go on when one of them is deleted', async () => {
    const namespace = await readyIssuer(world, 'shared')
    await world.apply(
      issuer(world, { name: 'department', namespace }, { orgId: 8929 }),
      issuer(world, { name: 'device', namespace }, { ssl: undefined, device: { profile: { name: DEVICE_PROFILE } } }),
    )
    for (const name of ['department', 'device']) await world.ready('sectigoissuer', name, namespace, isTrue)
    const by = (name: string) => ({ kind: 'SectigoIssuer', name })
    await world.apply(
      ...['scm', 'department', 'device'].map((name) => certificate(namespace, `by-${name}`, {}, by(name))),
    )
    for (const name of ['scm', 'department', 'device'])
      await world.ready('certificate', `by-${name}`, namespace, isTrue)
    const orders = await world.list<CertificateOrder>('certificateorders', namespace)
    expect(
      Object.fromEntries(
        orders.map(({ spec }) => [spec.issuerRef.name, [spec.target.product, spec.target.organization]]),
      ),
    ).toEqual({
      scm: ['ssl', '8928'],
      department: ['ssl', '8929'],
      device: ['device', '8928'],
    })
    await world.cluster.kubectl(['delete', 'sectigoissuer', 'scm', '--namespace', namespace])
    await world.apply(certificate(namespace, 'later', {}, by('device')))
    await world.ready('certificate', 'later', namespace, isTrue)
  })
})

const password = (secretName: string) => ({
  auth: { password: { customerUri: LOGIN.customerUri, login: LOGIN.login, secretRef: { name: secretName } } },
})

async function issuerIn(namespace: string): Promise<Pick<SectigoIssuer, 'status'> & { readonly generation: number }> {
  const found = await world.get<SectigoIssuer>('sectigoissuer', 'scm', namespace)
  return { status: found?.status ?? {}, generation: found?.metadata.generation ?? 0 }
}

// What the conformance suites work with: an issuer of each kind for SCM's private profile, with a login of its own so that no other
// issuer's limits count, and Certificates that are asked about in this process, without kubectl: all run at a time.
import { type CertificateOrder, certificateOrders } from '../../src/api/certificate-order.ts'
import { certificateRequests } from '../../src/api/certificate-request.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import type { Certificate, CertificateSpec, Delivered, TlsSecret } from '../conformance/certificate-checks.ts'
import { PRIVATE_PROFILE } from '../conformance/features.ts'
import { randomText } from '../conformance/names.ts'
import { ISSUER_KINDS, type IssuerKind } from '../conformance/page.ts'
import { anotherAccount, DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import { resourceOf } from '../support/resource-of.ts'
import { issuer, isTrue, LOGIN, secret, useWorld } from './world.ts'

/** Dozens at a time, with RSA keys of 4096 bits among them, on a loaded machine. */
const PATIENCE_MS = 180_000
/** Of one Certificate; some twenty are waited for at a time. */
const LOOK_EVERY_MS = 500
const LIMITS = { requestsPerSecond: 100, concurrentRequests: 10 }
/** What cert-manager asks for where it says nothing; otherwise an issuer orders the longest term. */
const DEFAULT_DAYS = 90
const ACCOUNT = 'conformance'
const fieldManager = 'certwright-conformance'

const certificates = resourceOf<Certificate>('cert-manager.io', 'v1', 'Certificate')
const secrets = resourceOf<TlsSecret>('', 'v1', 'Secret')
const ingresses = resourceOf('networking.k8s.io', 'v1', 'Ingress', { plural: 'ingresses' })

/** An issuer of one kind, and the namespace in which it is asked. */
export interface Place {
  readonly namespace: string
  readonly issuerRef: { readonly group: string; readonly kind: IssuerKind; readonly name: string }
}

export type ConformanceWorld = Awaited<ReturnType<typeof conformanceWorld>>

export async function conformanceWorld() {
  const world = useWorld()
  const { scm, installation } = world
  await scm.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts, anotherAccount({ login: ACCOUNT })] })
  const connection = await loadKubeConnection({ kubeconfig: world.cluster.kubeconfig })
  const client = new KubeClient({ connection, userAgent: fieldManager })
  const places = new Map<IssuerKind, Place>()
  for (const kind of ISSUER_KINDS) places.set(kind, await placeFor(kind))

  async function placeFor(kind: IssuerKind): Promise<Place> {
    const namespace = await world.namespace('conformance')
    // A cluster issuer's Secret is in the operator's namespace, and its name in nobody's.
    const name = namespace
    const home = kind === 'SectigoIssuer' ? namespace : undefined
    const auth = { password: { customerUri: LOGIN.customerUri, login: ACCOUNT, secretRef: { name } } }
    const device = { profile: { name: PRIVATE_PROFILE.name }, term: { policy: 'Nearest', days: DEFAULT_DAYS } }
    await world.apply(
      secret(home ?? installation.namespace, name, { password: LOGIN.password }),
      issuer(world, { name, ...(home && { namespace: home }) }, { auth, ssl: undefined, device, limits: LIMITS }),
    )
    await world.ready(kind.toLowerCase(), name, home, isTrue)
    return { namespace, issuerRef: { group: 'certwright.dev', kind, name } }
  }

  const until = <T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> =>
    waitUntil(ask, { what, timeoutMs: PATIENCE_MS, everyMs: LOOK_EVERY_MS })

  return {
    world,
    until,

    place(kind: IssuerKind): Place {
      const place = places.get(kind)
      if (place === undefined) throw new Error(`there is no ${kind}`)
      return place
    },

    async create({ namespace, issuerRef }: Place, spec: Omit<CertificateSpec, 'secretName'>): Promise<Certificate> {
      const name = `e2e-conformance-${randomText()}`
      const asked = { ...spec, secretName: `${name}-tls`, issuerRef }
      return client.create(certificates, { metadata: { namespace, name }, spec: asked }, { fieldManager })
    },

    /** As people write one; cert-manager names its Certificate after the Secret. */
    async createIngress({ namespace, issuerRef }: Place, spec: Omit<CertificateSpec, 'secretName'>) {
      const name = `testcert-${randomText()}`
      const [host = ''] = spec.dnsNames ?? []
      const backend = { service: { name: 'web', port: { number: 80 } } }
      const rule = { host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }
      const ingress = {
        metadata: { namespace, name, annotations: annotationsOf(issuerRef, spec) },
        spec: { tls: [{ hosts: [host], secretName: `${name}-tls` }], rules: [rule] },
      }
      await client.create(ingresses, ingress, { fieldManager })
      return until(`a Certificate for Ingress ${name}`, async () =>
        client.get(certificates, { namespace, name: `${name}-tls` }),
      )
    },

    /** Waits until it is Ready as it is now and nothing is being issued. */
    async delivered({ metadata: { namespace = '', name } }: Certificate): Promise<Delivered> {
      let last: Certificate | undefined
      const certificate = await until(`Certificate ${name} to be Ready`, async () => {
        last = await client.get(certificates, { namespace, name })
        const conditions = last.status?.conditions ?? []
        const ready = conditions.find(({ type, status }) => type === 'Ready' && status === 'True')
        const issuing = conditions.some(({ type, status }) => type === 'Issuing' && status === 'True')
        return ready?.observedGeneration === last.metadata.generation && !issuing && last
      }).catch((error: unknown) => {
        throw new Error(`Certificate ${name} was not issued: ${JSON.stringify(last?.status)}`, { cause: error })
      })
      return { certificate, secret: await client.get(secrets, { namespace, name: certificate.spec.secretName }) }
    },

    /** Waits until its request has failed; with which words. It is deleted then, or cert-manager would try for ever. */
    async refused({ metadata: { namespace = '', name } }: Certificate): Promise<string> {
      const words = await until(`the request of ${name} to fail`, async () => {
        const { items } = await client.list(certificateRequests, { namespace })
        const own = items.find(({ metadata }) => metadata.annotations?.['cert-manager.io/certificate-name'] === name)
        return own?.status?.conditions?.find(({ type, reason }) => type === 'Ready' && reason === 'Failed')?.message
      })
      await client.delete(certificates, { namespace, name })
      return words
    },

    /** Records of its orders. */
    async ordersOf({ metadata: { namespace = '', name } }: Certificate): Promise<readonly CertificateOrder[]> {
      const { items } = await client.list(certificateOrders, { namespace })
      return items.filter(({ spec }) => spec.requestRef.name.startsWith(`${name}-`))
    },

    async edit({ metadata: { namespace, name } }: Certificate, spec: Partial<CertificateSpec>): Promise<Certificate> {
      return client.mergePatch(certificates, { namespace, name }, { spec }, { fieldManager })
    },

    async setSecret({ metadata: { namespace, name } }: TlsSecret, data: Readonly<Record<string, string>>) {
      await client.mergePatch(secrets, { namespace, name }, { data }, { fieldManager })
    },

    async close(): Promise<void> {
      for (const { namespace, issuerRef } of places.values()) {
        const home = issuerRef.kind === 'SectigoIssuer' ? ['--namespace', namespace] : []
        await world.cluster.kubectl(['delete', issuerRef.kind.toLowerCase(), issuerRef.name, ...home])
      }
      await connection.close()
      await scm.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts] })
    },
  }
}

/** cert-manager's annotations for an Ingress. */
function annotationsOf(
  { name, kind, group }: Place['issuerRef'],
  { commonName, duration, renewBefore, revisionHistoryLimit, privateKey = {} }: Omit<CertificateSpec, 'secretName'>,
): Record<string, string> {
  const values = {
    issuer: name,
    'issuer-kind': kind,
    'issuer-group': group,
    'common-name': commonName,
    duration,
    'renew-before': renewBefore,
    'revision-history-limit': revisionHistoryLimit,
    'private-key-algorithm': privateKey.algorithm,
    'private-key-encoding': privateKey.encoding,
    'private-key-size': privateKey.size,
    'private-key-rotation-policy': privateKey.rotationPolicy,
  }
  return Object.fromEntries(
    Object.entries(values).flatMap(([field, value]) =>
      value === undefined ? [] : [[`cert-manager.io/${field}`, String(value)]],
    ),
  )
}

// What the tests of cert-manager's contract work with: requests, every version that they had, and tenants with a login of their
// own at SCM, so that trouble of one is no trouble of another. All in this process, without kubectl: many run at a time.
import { type CertificateOrder, certificateOrders } from '../../src/api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../../src/api/certificate-request.ts'
import { sectigoIssuers } from '../../src/api/sectigo-issuer.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { Condition, KubeObject, ObjectRef } from '../../src/kube/resource.ts'
import { type Event, events } from '../../src/runtime/events.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { anotherAccount, DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import type { FaultRule } from '../simulators/sectigo/faults.ts'
import { DEFAULT_SETTINGS } from '../simulators/sectigo/settings.ts'
import { createCsr, type TestCsr, type TestKeys } from '../support/pki.ts'
import { resourceOf } from '../support/resource-of.ts'
import { readyOf, requestHistory } from './request-history.ts'
import { CLIENT, LOGIN, ORGANIZATION, SSL_PROFILE, useWorld } from './world.ts'

/** Longer than anything takes, for a loaded machine. */
const PATIENCE_MS = 120_000
/** As many tenants as a test file may have. */
const LOGINS = 40
/** So that questions about an order come at their own pace. */
const LIMITS = { requestsPerSecond: 100, concurrentRequests: 10 }
const fieldManager = 'certwright-contract'

const namespaces = resourceOf('', 'v1', 'Namespace', { namespaced: false })
export const secrets = resourceOf('', 'v1', 'Secret')
const issuers = resourceOf(sectigoIssuers.group, sectigoIssuers.version, sectigoIssuers.kind)

export interface Certificate extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: { readonly conditions?: readonly Condition[]; readonly failedIssuanceAttempts?: number }
}
export const certificates = resourceOf<Certificate>('cert-manager.io', 'v1', 'Certificate')

/** A request that was made here. */
export interface Asked {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly dnsName: string
  readonly csr: TestCsr
}

export interface RequestOptions {
  readonly issuerRef?: { readonly group?: string; readonly kind?: string; readonly name: string }
  readonly annotations?: Readonly<Record<string, string>>
  /** Such a request fails without an order, as soon as the operator meets it and its issuer is Ready. */
  readonly isCA?: boolean
  /** As Go writes it: `8760h`. */
  readonly duration?: string
  readonly keys?: TestKeys
  /** Instead of one below `acme.example`. */
  readonly dnsName?: string
}

export interface TenantOptions {
  /** Replaces what differs from the usual issuer. */
  readonly spec?: Readonly<Record<string, unknown>>
  /** What is made later. */
  readonly without?: 'issuer' | 'secret'
  /** Then statuses can be written that cert-manager's webhook would refuse. Its approver approves as ever. */
  readonly unvalidated?: boolean
}

/** A namespace with an issuer `scm` of its own login. */
export interface Tenant {
  readonly namespace: string
  readonly login: string
  /** Writes the Secret `scm`. */
  secret(password?: string): Promise<void>
  /** Writes the issuer, or what differs from it. */
  issuer(differences?: Readonly<Record<string, unknown>>): Promise<void>
  deleteIssuer(): Promise<void>
  /** Waits until the issuer is Ready as it is now. */
  ready(): Promise<void>
}

export const REF = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' }
const { customerUri, password: rightPassword } = LOGIN

export type ContractWorld = Awaited<ReturnType<typeof contractWorld>>

/** The shared world, in which every order waits for its approval until `close`. `logins`: what those of the tenants begin with. */
export async function contractWorld(logins: string) {
  const world = useWorld()
  const { scm } = world
  const { url, caPem } = world.installation.simulator
  const connection = await loadKubeConnection({ kubeconfig: world.cluster.kubeconfig })
  const client = new KubeClient({ connection, userAgent: fieldManager })
  const { stop, ...history } = await requestHistory(client)
  await scm.patchSettings({ approval: 'manual' })
  await scm.patchCatalogue({ accounts: accounts(logins) })
  const tenants: Tenant[] = []

  function newTenant(namespace: string, login: string, usual: object): Tenant {
    const ref = { name: 'scm', namespace }
    const auth = { password: { customerUri, login, secretRef: { name: 'scm' } } }
    const shared = { url, auth, orgId: ORGANIZATION, tls: { caBundle: caPem }, limits: LIMITS }
    return {
      namespace,
      login,
      async secret(password = rightPassword) {
        await client.apply(secrets, { metadata: ref, stringData: { password } }, { fieldManager, force: true })
      },
      async issuer(differences = {}) {
        const spec = { ...shared, ssl: { profile: { name: SSL_PROFILE } }, ...usual, ...differences }
        await client.apply(issuers, { metadata: ref, spec }, { fieldManager, force: true })
      },
      deleteIssuer: () => client.delete(issuers, ref),
      async ready() {
        await contract.until(`issuer ${namespace}/scm to be Ready`, async () => {
          const { metadata, status } = await client.get(sectigoIssuers, ref)
          const ready = status?.conditions?.find(({ type }) => type === 'Ready')
          return ready?.status === 'True' && ready.observedGeneration === metadata.generation
        })
      },
    }
  }

  const contract = {
    ...history,
    world,
    scm,
    client,

    until: <T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> =>
      waitUntil(ask, { what, timeoutMs: PATIENCE_MS }),

    async tenant(name: string, { spec = {}, without, unvalidated = false }: TenantOptions = {}): Promise<Tenant> {
      const namespace = `${name}-${tenants.length}-${Date.now().toString(36)}`
      const tenant = newTenant(namespace, `${logins}-${tenants.length}`, spec)
      tenants.push(tenant)
      const labels: Record<string, string> = unvalidated ? { 'cert-manager.io/disable-validation': 'true' } : {}
      await client.create(namespaces, { metadata: { name: namespace, labels } }, { fieldManager })
      if (without !== 'secret') await tenant.secret()
      if (without !== 'issuer') await tenant.issuer()
      if (without === undefined) await tenant.ready()
      return tenant
    },

    /** Makes a request for one name that nobody else has. */
    async ask(namespace: string, name: string, options: RequestOptions = {}): Promise<Asked> {
      const { annotations = {}, isCA = false, issuerRef = REF, duration, keys } = options
      const { dnsName = `${name}.${namespace}.acme.example` } = options
      const csr = await createCsr({ dns: [dnsName], ...(keys && { keys }) })
      const spec = { request: Buffer.from(csr.pem).toString('base64'), isCA, issuerRef, ...(duration && { duration }) }
      const draft = { metadata: { namespace, name, annotations }, spec }
      const { metadata } = await client.create(certificateRequests, draft, { fieldManager })
      return { namespace, name, uid: metadata.uid, dnsName, csr }
    },

    /** Waits until SCM has the order and somebody must approve it; its id. `uid`: of that request of the name. */
    async ordered(ref: ObjectRef & { readonly uid?: string }): Promise<number> {
      const said = await history.first(ref, 'ordered', (version) => {
        if (ref.uid !== undefined && version.metadata.uid !== ref.uid) return false
        return ORDERED.test(readyOf(version)?.message ?? '')
      })
      return Number(ORDERED.exec(readyOf(said)?.message ?? '')?.[1])
    },

    /** What SCM holds for the names of a request, oldest first. */
    async orders({ dnsName }: Pick<Asked, 'dnsName'>) {
      return (await scm.orders()).filter(({ names }) => names.includes(dnsName))
    },

    async records(namespace: string): Promise<readonly CertificateOrder[]> {
      return (await client.list(certificateOrders, { namespace })).items
    },

    async recordOf({ namespace, uid }: Asked): Promise<CertificateOrder | undefined> {
      return (await contract.records(namespace)).find(({ spec }) => spec.requestRef.uid === uid)
    },

    /** Our events about a request, as `Warning IssuerNotFound 1`: how often it was said. */
    async told({ namespace, name }: ObjectRef): Promise<readonly string[]> {
      const { items } = await client.list<Event>(events, { namespace })
      return items
        .filter(({ reportingController }) => reportingController.startsWith('certwright.dev/'))
        .filter(({ regarding }) => regarding.kind === 'CertificateRequest' && regarding.name === name)
        .map(({ type, reason, series }) => `${type} ${reason} ${series?.count ?? 1}`)
    },

    /** Spoils the questions about one order, and counts them; without trouble it only counts. */
    async onLook(order: number, trouble: Omit<FaultRule, 'match'> = { delayMs: 0 }): Promise<() => Promise<number>> {
      const { id } = await scm.addFault({ match: { path: `/api/ssl/v1/${order}` }, ...trouble })
      return async () => (await scm.faults()).find((fault) => fault.id === id)?.applied ?? 0
    },

    /** What SCM answers when the certificate of an order is collected. */
    async onCollect(order: number, body: string): Promise<void> {
      await scm.addFault({ match: { path: `/api/ssl/v1/collect/${order}` }, status: 200, body })
    },

    /** As anybody may write it where the webhook is off. */
    async writeStatus(ref: ObjectRef, status: NonNullable<CertificateRequest['status']>): Promise<CertificateRequest> {
      return client.mergePatch(certificateRequests, ref, { status }, { subresource: 'status', fieldManager })
    },

    async close(): Promise<void> {
      stop()
      // Nothing is asked any more with logins that go now.
      await Promise.allSettled(tenants.map((tenant) => tenant.deleteIssuer()))
      await connection.close()
      await scm.clearFaults()
      await scm.patchSettings(DEFAULT_SETTINGS)
      await scm.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts] })
    },
  }
  return contract
}

const ORDERED = /^Order (\d+) is "Requested"/

function accounts(logins: string) {
  const own = Array.from({ length: LOGINS }, (_, n) => {
    const login = `${logins}-${n}`
    return anotherAccount({ login, oauth2: { clientId: login, clientSecret: CLIENT.clientSecret } })
  })
  return [...DEFAULT_CATALOGUE.accounts, ...own]
}

// What the interleavings share: one operator, tenants of SCM that are theirs alone, and requests in namespaces of their own. What
// came of them is told by those who cannot argue, SCM and the API server, and printed as a table.
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { type CertificateOrder, certificateOrders } from '../../../src/api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../../../src/api/certificate-request.ts'
import { type SectigoIssuer, sectigoIssuers } from '../../../src/api/sectigo-issuer.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import type { Condition, KubeObject, Resource } from '../../../src/kube/resource.ts'
import { GiveUp, waitUntil } from '../../cluster/wait-until.ts'
import { issuersAsWritten, namespaces, readyOf, secrets } from '../../matrix/cell.ts'
import type { Actor, Stage } from '../../matrix/stage.ts'
import type { OrderSummary } from '../../simulators/sectigo/control.ts'
import { createCsr } from '../../support/pki.ts'
import { DEVICE_PROFILE, LOGIN, ORGANIZATION, SSL_PROFILE } from '../world.ts'
import { startTenant, type Tenant, towards } from './tenant.ts'

/** 30 min, after which an order that is not found is placed again, become 6 s; those 5 min of a device order one second. */
export const TIME_SCALE = 300
/** A lease that no loaded machine and no API server that is away for a while takes from whoever leads alone. */
export const LONG_LEASE_SECONDS = 60
/** Far more than anything takes that is waited for. */
export const PATIENCE_MS = 90_000
/** Often enough that what a test does next comes soon after; every look costs the machine something. */
const LOOK = { timeoutMs: PATIENCE_MS, everyMs: 200 }
export const fieldManager = 'certwright-interleavings'

export interface Scene extends AsyncDisposable {
  readonly stage: Stage
  readonly client: KubeClient
  /** Leads for {@link operatorClass} from beginning to end. */
  readonly actor: Actor
  readonly operatorClass: string
  /** Every tenant's. */
  readonly allowedHost: string
  /** One that nobody else has got. */
  tenant(): Tenant
  /** A place of the operator's class, and unless it is given, with a tenant of its own. */
  place(name: string, options?: Partial<PlaceOptions>): Promise<Place>
}

/** The operator may reach so many tenants. */
export async function setScene(
  stage: Stage,
  { tenants, operatorClass = `scene-${randomUUID().slice(0, 6)}` }: { tenants: number; operatorClass?: string },
): Promise<Scene> {
  const all = await Promise.all(Array.from({ length: tenants }, startTenant))
  const allowedHost = all.map(({ host }) => host).join(',')
  const leaseSeconds = LONG_LEASE_SECONDS
  const actor = await stage.operator({ operatorClass, allowedHost, timeScale: TIME_SCALE, leaseSeconds })
  const free = [...all]
  const tenant = (): Tenant => {
    const next = free.shift()
    if (next === undefined) throw new Error('there are more cases than tenants')
    return next
  }
  const { client } = stage
  return {
    stage,
    client,
    actor,
    operatorClass,
    allowedHost,
    tenant,
    place: (name, { tenant: given = tenant(), ...options } = {}) =>
      readyPlace(name, { client, operatorClass, ...options, tenant: given }),
    async [Symbol.asyncDispose]() {
      await actor[Symbol.asyncDispose]()
      await Promise.all(all.map((tenant) => tenant[Symbol.asyncDispose]()))
    },
  }
}

export const PRODUCTS = ['ssl', 'device'] as const
export type Product = (typeof PRODUCTS)[number]

const PRODUCT_SPEC = {
  ssl: { ssl: { profile: { name: SSL_PROFILE } } },
  device: { device: { profile: { name: DEVICE_PROFILE } } },
} as const

export interface Login {
  readonly login: string
  readonly password: string
}

export interface PlaceOptions {
  readonly client: KubeClient
  readonly tenant: Tenant
  readonly operatorClass: string
  readonly product?: Product
  readonly login?: Login
  /** Of the issuer: what differs. */
  readonly spec?: Readonly<Record<string, unknown>>
  /** Default: one of its own. */
  readonly namespace?: string
  /** Default: a name below acme.example that nobody else asks for. */
  readonly dnsName?: string
}

export type Place = ReturnType<typeof placeOf>

/** A namespace with a Ready issuer `scm`, from which certificates can be asked for. */
async function readyPlace(name: string, options: PlaceOptions): Promise<Place> {
  const place = placeOf(name, options)
  await place.found()
  await place.issuerIs('True')
  return place
}

export function placeOf(
  name: string,
  { client, tenant, operatorClass, product = 'ssl', spec, login = LOGIN, ...given }: PlaceOptions,
) {
  const { namespace = `${name}-${randomUUID().slice(0, 6)}` } = given
  const { dnsName = `${namespace}.acme.example` } = given
  const scm = { name: 'scm', namespace }
  const asked = { name: 'asked', namespace }
  const place = {
    namespace,
    dnsName,
    client,
    tenant,
    product,
    /** Makes namespace, Secret and issuer. */
    async found(): Promise<void> {
      await client.create(namespaces, { metadata: { name: namespace } }, { fieldManager })
      await place.secret(login)
      const { customerUri } = LOGIN
      const issuer = {
        ...towards(tenant),
        auth: { password: { customerUri, secretRef: { name: 'scm' } } },
        orgId: ORGANIZATION,
        ...PRODUCT_SPEC[product],
        operatorClass,
        ...spec,
      }
      await client.create(issuersAsWritten, { metadata: scm, spec: issuer }, { fieldManager })
    },
    /** Puts this login into the issuer's Secret. */
    async secret({ login, password }: Login): Promise<void> {
      const data = { login: base64(login), password: base64(password) }
      await client.apply(secrets, { metadata: scm, data }, { fieldManager })
    },
    issuer: () => client.get<SectigoIssuer>(sectigoIssuers, scm),
    /** Waits until the issuer is Ready, or is not. */
    async issuerIs(status: 'True' | 'False'): Promise<void> {
      const is = async (): Promise<boolean> => readyOf((await place.issuer()).status)?.status === status
      await waitUntil(is, { what: `the issuer of ${name} to be Ready: ${status}`, ...LOOK })
    },
    editIssuer: (change: Readonly<Record<string, unknown>>) =>
      client.mergePatch(issuersAsWritten, scm, { spec: change }, { fieldManager }),
    /** Asks for a certificate; with `csr`, by this very one. */
    async ask({ csr }: { readonly csr?: string } = {}): Promise<CertificateRequest> {
      const pem = csr ?? (await createCsr({ commonName: dnsName, dns: [dnsName] })).pem
      const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' }
      const wanted = { metadata: asked, spec: { request: base64(pem), issuerRef } }
      return client.create(certificateRequests, wanted, { fieldManager })
    },
    request: () => client.get<CertificateRequest>(certificateRequests, asked),
    /** Every request of the namespace, oldest first; those of one second by name. */
    async requests(): Promise<readonly CertificateRequest[]> {
      const { items } = await client.list(certificateRequests, { namespace })
      const age = ({ metadata }: CertificateRequest): string => `${metadata.creationTimestamp} ${metadata.name}`
      return items.toSorted((a, b) => age(a).localeCompare(age(b)))
    },
    /** Waits until cert-manager has approved the request. */
    async approved(): Promise<void> {
      const isApproved = async (): Promise<boolean> =>
        (await place.request()).status?.conditions?.some(({ type }) => type === 'Approved') === true
      await waitUntil(isApproved, { what: `the request of ${name} to be approved`, ...LOOK })
    },
    deleteRequest: () => client.delete(certificateRequests, asked),
    records: async () => (await client.list<CertificateOrder>(certificateOrders, { namespace })).items,
    /** The one record; undefined while there is none. */
    async record(): Promise<CertificateOrder | undefined> {
      const [record, ...more] = await place.records()
      expect(more).toEqual([])
      return record
    },
    /** What SCM holds for the name, oldest first. */
    async orders(): Promise<readonly OrderSummary[]> {
      return (await tenant.control.orders()).filter(({ names }) => names.includes(dnsName))
    },
    /** Waits until SCM has so many orders; the last one. */
    async stored(count = 1): Promise<OrderSummary> {
      const last = async (): Promise<OrderSummary | undefined> => (await place.orders())[count - 1]
      return waitUntil(last, { what: `SCM to store order ${count} of ${name}`, ...LOOK })
    },
    /** Waits until the request's Ready condition is as wanted. */
    async says(accept: (ready: Condition) => boolean): Promise<Condition> {
      let last: Condition | undefined
      const ask = async (): Promise<Condition | undefined> => {
        last = readyOf((await place.request()).status as { conditions?: Condition[] } | undefined)
        return last !== undefined && accept(last) ? last : undefined
      }
      return waitUntil(ask, { what: `the request of ${name}`, ...LOOK }).catch((cause: unknown) => {
        throw new Error(`the request of ${name} is not as expected: ${JSON.stringify(last)}`, { cause })
      })
    },
    /** Waits until it is Issued, or else told to be Failed. */
    ends: (wanted: 'Issued' | 'Failed' = 'Issued') =>
      place.says(({ reason, message }) => {
        if (reason !== 'Pending' && reason !== wanted) throw new GiveUp(`${reason}: ${message}`)
        return reason === wanted
      }),
    /** Waits until it is Pending with these words. */
    pends: (words: string) =>
      place.says(({ reason, message }) => {
        if (reason !== 'Pending') throw new GiveUp(`${reason}: ${message}`)
        return message.includes(words)
      }),
    /** Takes the issuer away: at the tests' pace it would be checked several times a second until their end. */
    [Symbol.asyncDispose]: () => client.delete(issuersAsWritten, scm),
    /** Notes of the events in the namespace, by their reason. */
    async events(reason: string): Promise<readonly string[]> {
      const { items } = await client.list(events, { namespace })
      return items.filter((event) => event.reason === reason).map(({ note }) => note)
    },
  }
  return place
}

export const events: Resource<KubeObject & { readonly reason: string; readonly note: string }> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

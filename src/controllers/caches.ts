// What the operator keeps in memory of the cluster: each kind in a store, fed by one watch.
import { type CertificateOrder, type CertificateOrderSpec, certificateOrders } from '../api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../api/certificate-request.ts'
import { type SectigoIssuer, sectigoClusterIssuers, sectigoIssuers } from '../api/sectigo-issuer.ts'
import { orderName } from '../issuance/order-view.ts'
import type { KubeClient } from '../kube/client.ts'
import type { KubeObject, Resource } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Part } from '../runtime/lifecycle.ts'
import type { Logger } from '../runtime/log.ts'
import { Reflector, type ReflectorOptions } from '../runtime/reflector.ts'
import { Store } from '../runtime/store.ts'
import { type Secret, secrets } from './credential-source.ts'
import { type Namespace, namespaces as namespaceKind, slimNamespace } from './namespaces.ts'
import { csrKeysOf, markersOf } from './records-alike.ts'
import { isOurs, issuerKeyOf, slimRequest } from './requests.ts'

export interface CachesOptions {
  readonly client: Pick<KubeClient, 'list' | 'watch'>
  /** Scaled: what is waited for. */
  readonly clock: Clock
  readonly realClock: Clock
  readonly log: Logger
  readonly clusterResourceNamespace: string
}

/** Caches that are not there after this time (real time) do not come by waiting: better a restart with a message. */
const SYNC_WITHIN_MS = 2 * 60_000

export type Caches = ReturnType<typeof createCaches>

export function createCaches({ client, clock, realClock, log, clusterResourceNamespace }: CachesOptions) {
  const requests = new Store<CertificateRequest>({ log, indexes: REQUEST_INDEXES })
  const orders = new Store<CertificateOrder>({ log, indexes: ORDER_INDEXES })
  const issuers = new Store<SectigoIssuer>({ log })
  const clusterIssuers = new Store<SectigoIssuer>({ log })
  const namespaces = new Store<Namespace>({ log })
  const credentials = new Store<Secret>({ log })
  const watch = <T extends KubeObject>(
    resource: Resource<T>,
    store: Store<T>,
    more: Pick<ReflectorOptions<T>, 'namespace' | 'fieldSelector' | 'select' | 'transform'> = {},
  ) => new Reflector<T>({ client, resource, store, clock, log: log.child({ resource: resource.plural }), ...more })
  const reflectors = [
    // Server-side where the API server can (cert-manager declares the field selectable), else each is looked at and dropped.
    watch(certificateRequests, requests, {
      fieldSelector: `spec.issuerRef.group=${sectigoIssuers.group}`,
      select: isOurs,
      transform: slimRequest,
    }),
    watch(certificateOrders, orders),
    watch(sectigoIssuers, issuers),
    watch(sectigoClusterIssuers, clusterIssuers),
    watch(namespaceKind, namespaces, { transform: slimNamespace }),
    // Only that something changed is kept, never what it is.
    watch(secrets, credentials, { namespace: clusterResourceNamespace, transform: withoutData }),
  ]
  const caches = { requests, orders, issuers, clusterIssuers, namespaces, credentials }
  /** For readiness. */
  const check = (): string | undefined =>
    Object.values(caches).every(({ synced }) => synced) ? undefined : 'not filled yet'
  return { ...caches, part: partOf(reflectors, { realClock, log }), check }
}

/** Starts every watch, and is up when each has a full list. */
function partOf(
  reflectors: readonly Pick<Reflector<KubeObject>, 'run' | 'synced'>[],
  { realClock, log }: Pick<CachesOptions, 'realClock' | 'log'>,
): Part {
  const stop = new AbortController()
  let runs: Promise<void>[] = []
  return {
    name: 'caches',
    async start({ signal }) {
      runs = reflectors.map((reflector) => reflector.run({ signal: stop.signal }))
      const settled = new AbortController()
      const late = realClock.sleep(SYNC_WITHIN_MS, { signal: AbortSignal.any([signal, settled.signal]) }).then(() => {
        throw new Error(`the caches did not fill up within ${SYNC_WITHIN_MS / 1000} s`)
      })
      try {
        await Promise.race([Promise.all(reflectors.map(({ synced }) => synced)), late])
      } finally {
        settled.abort()
      }
      log.info({}, 'caches are filled')
    },
    async stop() {
      stop.abort(new Error('the process is shutting down'))
      await Promise.all(runs)
    },
  }
}

/** By what requests are found. */
export const REQUEST_INDEXES = {
  issuer: (request: CertificateRequest) => [issuerKeyOf(request)],
  order: ({ metadata }: CertificateRequest) => [orderName(metadata)],
}

/** By what order records are found. */
export const ORDER_INDEXES = { serial: serialsOf, remoteId: remoteIdsOf, csr: csrKeysOf, marker: markersOf }

function serialsOf({ status }: CertificateOrder): readonly string[] {
  return status?.serial === undefined ? [] : [status.serial]
}

/** An order at a CA: ids mean something only where they were given. */
export function remoteIdKey({ endpoint, tenant, product }: CertificateOrderSpec['target'], id: string): string {
  return JSON.stringify([endpoint, tenant, product, id])
}

function remoteIdsOf({ spec, status }: CertificateOrder): readonly string[] {
  return status?.remote === undefined ? [] : [remoteIdKey(spec.target, status.remote.id)]
}

function withoutData({ apiVersion, kind, metadata }: Secret): Secret {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion, creationTimestamp, ...(namespace === undefined ? {} : { namespace }) },
  }
}

// Sectigo Certificate Manager as a CertificateBackend: one per issuer, on a transport that issuers of one login share.
import { BackendError, type CertificateBackend, type OrderTarget } from '../backend.ts'
import { describeIssuer } from './describe.ts'
import { oursIn, readDetails } from './details.ts'
import { device } from './device.ts'
import { endpointOf } from './endpoint.ts'
import { fetchCertificate } from './fetch.ts'
import { findOrders } from './find.ts'
import type { Product } from './product.ts'
import type { SectigoSettings } from './settings.ts'
import { type Slots, withSlots } from './slots.ts'
import { ssl } from './ssl.ts'
import { phaseOf } from './status.ts'
import { submitOrder } from './submit.ts'
import { ranks } from './timing.ts'
import type { SectigoTransport } from './transport.ts'

export type { SectigoSettings } from './settings.ts'

export interface SectigoBackendOptions {
  /** Shared by all issuers with the same login. */
  readonly transport: SectigoTransport
  readonly settings: SectigoSettings
  /** This issuer's turns. */
  readonly slots: Slots
}

const products: Readonly<Record<SectigoSettings['product'], Product>> = { ssl, device }

/** Orders that are never looked at (their requests vanish) may not pile up here. */
const MAX_NEW_ORDERS = 1_000

export function createSectigoBackend({ transport, settings, slots }: SectigoBackendOptions): CertificateBackend {
  const product = products[settings.product]
  const caller = withSlots(transport, slots)
  const { subjectAltNames = 'ExcludeCommonName' } = settings
  // A first look goes before the polling of older orders: most orders are issued by then.
  const newOrders = new Set<string>()

  return {
    describe: ({ signal }) =>
      describeIssuer(caller, { ...settings, product, authentication: transport.authentication, signal }),

    async submit(submission) {
      const elsewhere = mismatch(submission.target, settings)
      if (elsewhere !== undefined) {
        return {
          outcome: 'refused',
          refusal: { cause: 'issuer', code: 'OtherTarget', message: `no order was sent: ${elsewhere}` },
        }
      }
      const outcome = await submitOrder(caller, submission, { product, subjectAltNames })
      if (outcome.outcome === 'accepted' && newOrders.size < MAX_NEW_ORDERS) newOrders.add(outcome.remote.id)
      return outcome
    },

    async find(query, { signal }) {
      requireHere(query.target, settings)
      return findOrders(caller, { ...query, product, signal })
    },

    async look({ target, remote, identity }, { signal }) {
      requireHere(target, settings)
      const rank = newOrders.delete(remote.id) ? ranks.firstLook : ranks.look
      const details = await readDetails(caller, { product, id: remote.id, rank, signal })
      return { phase: phaseOf(details.status), word: transport.quote(details.status), ours: oursIn(details, identity) }
    },

    async fetch({ target, remote }, { signal }) {
      requireHere(target, settings)
      return fetchCertificate(caller, { product, id: remote.id, signal })
    },

    // The transport belongs to whoever made it: other issuers with the same login go on using it.
    async close() {},
  }
}

function requireHere(target: OrderTarget, settings: SectigoSettings): void {
  const elsewhere = mismatch(target, settings)
  if (elsewhere !== undefined) throw new BackendError('UnexpectedAnswer', elsewhere)
}

/** Ids mean something only where they were given: the last line of defence against asking another tenant. */
function mismatch(target: OrderTarget, settings: SectigoSettings): string | undefined {
  if (target.endpoint !== endpointOf(settings.url)) return `the order belongs to ${target.endpoint}`
  if (target.tenant !== settings.tenant) return `the order belongs to tenant ${target.tenant}`
  return target.product === settings.product ? undefined : `the order is of product ${target.product}`
}

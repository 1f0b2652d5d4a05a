// Sectigo Certificate Manager as a CertificateBackend: one per issuer, on a transport that issuers of one login share.
import { createHmac } from 'node:crypto'
import type { CallOptions, CertificateBackend, OrderTarget } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { type Call, type Caller, type Operation, readOf } from './call.ts'
import { describeIssuer } from './describe.ts'
import { oursIn, readDetails } from './details.ts'
import { lookAtDomains } from './domains.ts'
import { cancelOrder, revokeCertificate } from './end.ts'
import { endpointOf } from './endpoint.ts'
import { fetchCertificate } from './fetch.ts'
import { findOrders } from './find.ts'
import { openValidations } from './order-dcv.ts'
import { productOf } from './products.ts'
import type { SectigoSettings } from './settings.ts'
import { type Slots, withSlots } from './slots.ts'
import { phaseOf, todoOf } from './status.ts'
import { submitOrder } from './submit.ts'
import { ranks } from './timing.ts'
import type { SectigoTransport } from './transport.ts'
import { type TurnTaker, takeTurn } from './turn.ts'

export type { SectigoSettings } from './settings.ts'

export interface SectigoBackendOptions {
  /** Shared by all issuers with the same login. */
  readonly transport: SectigoTransport
  readonly settings: SectigoSettings
  /** This issuer's turns. */
  readonly slots: Slots
  /** `accountOf` the credentials. */
  readonly account: string
}

/** Orders that are never looked at (their requests vanish) may not pile up here. */
const MAX_NEW_ORDERS = 1_000

export function createSectigoBackend(options: SectigoBackendOptions): CertificateBackend {
  const { transport, settings, slots } = options
  const product = productOf(settings, transport.authentication)
  const callerFor = ({ namespace, whenIdle }: Omit<CallOptions, 'signal'>): Caller =>
    withSlots(transport, slots, namespace, whenIdle && ranks.end)
  const turns: TurnTaker = { transport, slots, probe: probeOf(settings, product.types) }
  // A first look goes before the polling of older orders: most orders are issued by then.
  const newOrders = new Set<string>()

  return {
    account: (salt) => createHmac('sha256', salt).update(options.account).digest('hex'),

    describe: ({ since = Number.POSITIVE_INFINITY, ...options }) =>
      describeIssuer(transport.reads.callerSince(since, callerFor(options)), {
        ...settings,
        product,
        credentialsExpire: transport.credentialsExpire,
        signal: options.signal,
      }),

    turn: (options) => takeTurn(turns, options),

    async submit(submission) {
      const elsewhere = mismatch(submission.target, settings)
      if (elsewhere !== undefined) {
        return {
          outcome: 'refused',
          refusal: { cause: 'issuer', code: 'OtherTarget', message: `no order was sent: ${elsewhere}` },
        }
      }
      // While the login is seen failing, an order would be one of unknown fate: asked in the very tick it would be sent.
      const mayBegin = (): boolean => submission.mayBegin() && transport.fit
      // Within the turn that was given, or waiting for one.
      const caller = submission.turn === undefined ? callerFor({}) : transport
      const outcome = await submitOrder(
        caller,
        { ...submission, mayBegin },
        { product, customFields: settings.customFields },
      )
      if (outcome.outcome === 'accepted' && newOrders.size < MAX_NEW_ORDERS) newOrders.add(outcome.remote.id)
      return outcome
    },

    async find(query, options) {
      requireHere(query.target, settings)
      return findOrders(callerFor(options), { ...query, product, signal: options.signal })
    },

    async look({ target, remote, identity }, options) {
      requireHere(target, settings)
      const caller = callerFor(options)
      const { signal } = options
      const rank = newOrders.delete(remote.id) ? ranks.firstLook : ranks.look
      const details = await readDetails(caller, { product, remote, rank, signal })
      const phase = phaseOf(details.status, product.name)
      const said = {
        word: transport.quote(details.status),
        ours: oursIn(details, identity),
        ...todoOf(details.status, product.name),
      }
      // The CA waits for nobody but the owner of a domain: only where each order validates its domains, and only then.
      const validates = settings.product === 'ssl' && settings.dcv !== undefined && phase === 'processing'
      const open = validates ? await openValidations(caller, { remote, rank, signal }) : undefined
      return { phase, ...said, ...(open === undefined ? {} : { phase: 'awaitingValidation', ...open }) }
    },

    async lookAtDomains({ target, domains }, options) {
      requireHere(target, settings)
      const { authentication } = transport
      return lookAtDomains(callerFor(options), { domains, authentication, signal: options.signal })
    },

    async fetch({ target, remote }, options) {
      requireHere(target, settings)
      return fetchCertificate(callerFor(options), { product, remote, signal: options.signal })
    },

    async cancel({ target, ...query }, options) {
      requireHere(target, settings)
      return cancelOrder(callerFor(options), { ...query, product, signal: options.signal })
    },

    async revoke({ target, ...query }, options) {
      requireHere(target, settings)
      return revokeCertificate(callerFor(options), { ...query, product, signal: options.signal })
    },
  }
}

/** The read that finds out whether SCM is back: the smallest that every account may make. */
function probeOf({ organization }: SectigoSettings, types: Operation): Call {
  const query = 'id' in organization && { query: { organizationId: organization.id } }
  return readOf({ ...types, ...query }, { rank: ranks.check })
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

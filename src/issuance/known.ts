// Everything a decision may depend on. Plain data: no clients, no clocks, no randomness.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { Overrides } from '../api/overridden.ts'
import type { SectigoIssuerSpec } from '../api/sectigo-issuer.ts'
import type { CancelOutcome, FindOutcome, Look, Offer, OrderAim, Problem, Refusal } from '../backends/backend.ts'
import type { BackendErrorKind } from '../backends/backend-error.ts'
import type { CertificateSigningRequest } from '../x509/csr.ts'
import type { Budget, Purchase } from './budget.ts'
import type { Deadlines } from './deadline.ts'
import type { Delivery } from './verify.ts'

/** One shape for every kind of request that asks for a certificate. Times are wall-clock milliseconds. */
export interface RequestView {
  readonly kind: 'CertificateRequest'
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly createdAt: number
  readonly deleting: boolean
  readonly issuerRef: { readonly kind: string; readonly name: string }
  /** When Approved became True; undefined while it is not. */
  readonly approvedAt: number | undefined
  readonly denied: boolean
  /** Failed, Issued or Denied was reported, a certificate is there, or the request is marked invalid: never touched again. */
  readonly finished: boolean
  /** Our last word on it. */
  readonly ready: { readonly reason: string; readonly message: string } | undefined
  /** The CSR, or why it is none. */
  readonly csr: CertificateSigningRequest | Problem
  readonly durationSeconds: number | undefined
  readonly isCA: boolean
  /** As its author, or anybody who may change it, wrote them. */
  readonly annotations: Readonly<Record<string, string>>
  /** Who asked, as the API server authenticated them. */
  readonly requester: string
}

/** An issuer as this request meets it. */
export interface IssuerView {
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly generation: number
  /** Another one when the issuer was edited, made anew, or has become Ready again: what kept an order may be cured. */
  readonly version: string
  /** Undefined when the issuer is Ready for its current generation; else what its condition says. */
  readonly notReady: string | undefined
  /** Where orders of this issuer go now. Undefined until the CA has once told. */
  readonly aim: OrderAim | undefined
  /** What an order for this request would ask for, or why it cannot be made. Undefined while the issuer is not Ready. */
  readonly offer: Offer | undefined
  /** What the request's annotations set, where the issuer lets them. */
  readonly overrides: Overrides
  /** Who may ask for what. */
  readonly allow: NonNullable<SectigoIssuerSpec['allow']>
  readonly includeCA: boolean
  readonly budget: Budget
  readonly deadlines: Deadlines
  /** How long an order whose answer was lost is searched for before it is placed again; undefined: as is usual for the product. */
  readonly unknownOutcomeWait: number | undefined
}

/** After this instant an attempt is not begun. Both clocks, unscaled: the wall clock shows a machine that was suspended. */
export interface SubmitBy {
  readonly wall: number
  readonly monotonic: number
}

/** What this process alone knows of an order. Lost in a crash, and every rule holds without it. Times are `tick`s. */
export interface Memory {
  /** The attempt that this process recorded and has not yet sent. */
  permit?: { readonly attempt: number; readonly until: SubmitBy }
  /** This process has seen an order record for the request: if there is none now, it was taken away. */
  recorded?: true
  /** The search for an attempt whose answer was lost. */
  search?: { readonly since: number; readonly at: number; readonly rounds: number; readonly last: FindOutcome }
  /** The CA's last word on the order. */
  seen?: { readonly look: Look; readonly at: number; readonly looks: number }
  /** The certificate was asked for: verified, or not there yet. */
  fetched?: { readonly at: number; readonly tries: number; readonly delivery: Delivery | 'notYet' }
  /** Since when this process follows the order. */
  followedSince?: number
  /** What became of the wish that the order be declined. */
  cancelled?: CancelOutcome
  /** The last refusal of a submission, and when it was heard. */
  refused?: { readonly refusal: Refusal; readonly at: number; readonly times: number }
  /** What the CA shows of the domains that a refusal was about. Undefined: it shows nothing. `changed`: since the last submission. */
  domains?: { readonly shown: string | undefined; readonly at: number; readonly changed: boolean }
  /** The CA could not be asked. Gone as soon as it could. */
  trouble?: {
    readonly kind: BackendErrorKind
    readonly message: string
    readonly at: number
    readonly times: number
    readonly retryAfterMs?: number
  }
  /** The issuer's version when something of this was last learned. */
  through?: string
}

/** Was the issuer edited, or did it become Ready again, since the CA was last asked? Then it is asked at once. */
export function isIssuerAnother({ memory, issuer }: Known): boolean {
  return memory.through !== undefined && issuer !== undefined && memory.through !== issuer.version
}

/** A record of the same CSR in the same namespace. */
export interface Alike {
  readonly order: CertificateOrder
  /** A request waits for it: its own, or another one that continues it. The request in question does not count. */
  readonly wanted: boolean
}

export interface Known {
  readonly request: RequestView
  readonly issuer: IssuerView | undefined
  /** Of the request's namespace; undefined while it is not known. */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
  readonly order: CertificateOrder | undefined
  /** Of this operator; empty for the one without. */
  readonly operatorClass: string
  /** The other records of this order, or while it has none those of this CSR that it may continue; oldest first. */
  readonly alike: readonly Alike[]
  /** What was bought through the issuer. Gathered only while an order may be placed, for the first time or once more. */
  readonly purchases: readonly Purchase[]
  readonly memory: Readonly<Memory>
  /** How long the order has waited for what it waits for now, on the waiting clock. */
  readonly waited: number
  /** Wall clock, milliseconds. */
  readonly now: number
  /** The waiting clock, milliseconds; only differences mean something. */
  readonly tick: number
  /** Since when this process may act, wall clock, milliseconds. */
  readonly leadingSince: number
  /** 0..1, constant for one order: spreads waits. */
  readonly jitter: number
}

export function isProblem(csr: CertificateSigningRequest | Problem): csr is Problem {
  return 'field' in csr
}

// What the order core can decide to do next: one small effect, or to wait, or nothing.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { DomainValidation, OrderTarget, RemoteOrder } from '../backends/backend.ts'
import type { Delivery } from './verify.ts'

/** A word to the people who watch a request, sent once, after the status that says the same was written. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly note: string
}

/** The Ready condition of a request, with what belongs into the same write. Only cert-manager's four reasons exist. */
export type Verdict =
  | { readonly reason: 'Pending'; readonly message: string; readonly event?: EventNote }
  /** The same write carries failureTime. */
  | { readonly reason: 'Failed' | 'Denied'; readonly message: string; readonly event?: EventNote }
  | {
      readonly reason: 'Issued'
      readonly message: string
      readonly certificatePem: string
      readonly caPem: string | undefined
      readonly event: EventNote
    }

export type Accepted = Extract<Delivery, { verdict: 'deliver' }>

/** The end of an order record. */
export type Settlement =
  | { readonly phase: 'Issued'; readonly delivery: Accepted }
  | { readonly phase: 'Failed'; readonly code: string; readonly message: string }

export type Step =
  /** Not ours, finished, or somebody else's turn. */
  | { readonly do: 'nothing'; readonly because: string }
  /** `until` is a tick; a watch event may come first. Absent: only an event helps. */
  | { readonly do: 'wait'; readonly because: string; readonly until?: number }
  | { readonly do: 'report'; readonly ready: Verdict }
  | {
      readonly do: 'createOrder'
      readonly target: OrderTarget
      readonly firstAttempt: 'AtCreation' | 'AfterSearch'
      /** The order that is taken over, by its record. */
      readonly continues?: CertificateOrder
    }
  /** `term`: what the attempt asks for, days; absent: what the record says. */
  | { readonly do: 'recordAttempt'; readonly number: number; readonly term?: number | undefined }
  | { readonly do: 'submit'; readonly attempt: number }
  | { readonly do: 'find' }
  /** `others`: ids of more orders of ours that may be issued too. */
  | { readonly do: 'adopt'; readonly remote: RemoteOrder; readonly others: readonly string[] }
  /** At the order or, where the CA refused it for a missing validation, at the domains that it is about. */
  | { readonly do: 'look'; readonly domains?: readonly string[] }
  | { readonly do: 'fetch' }
  /** Declines it: it was not approved in time. `message` is for the people at the CA. */
  | { readonly do: 'cancel'; readonly message: string }
  /** Keeps the record's own condition, and the CA's word on it, true for people. */
  | {
      readonly do: 'note'
      readonly state?: string
      readonly reason: string
      readonly message: string
      /** Where they changed. */
      readonly validations?: readonly DomainValidation[]
    }
  | { readonly do: 'settle'; readonly as: Settlement }

export type Effect = Exclude<Step, { do: 'nothing' | 'wait' }>

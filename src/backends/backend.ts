// The contract between the order core and a certificate authority. One implementation per CA; the core knows none of them.
//
// Outcomes are data, trouble is an exception: "the CA said no" belongs on an order, "I could not ask" never fails one.
import type { Overrides } from '../api/overridden.ts'
import type { CertificateSigningRequest } from '../x509/csr.ts'

/** Where an order goes and what it asks for: fixed when the order record is made, compared before every later call. */
export interface OrderTarget {
  /** Origin and path of the CA's API, without a trailing slash. */
  readonly endpoint: string
  /** The CA's word for the customer: SCM's customerUri, or its OAuth2 server. */
  readonly tenant: string
  /** The CA's product line: for SCM `ssl`, `device` or `client`. */
  readonly product: string
  readonly organization: string
  readonly profile: string
  /** Days. Absent where the CA decides. */
  readonly term?: number
}

/** Where the orders of one issuer go; each request chooses its term. */
export type OrderAim = Omit<OrderTarget, 'term'>

/** An order as the CA knows it. */
export interface RemoteOrder {
  readonly id: string
  /** Small, never secret: what the CA gave along and gives only once (SCM: renewId). */
  readonly attributes: Readonly<Record<string, string>>
}

/** What proves that an order at the CA is ours. */
export interface OrderIdentity {
  /** `certwright:1:<uid>`; the submitted comments begin with it, followed by `:<attempt>`. */
  readonly marker: string
  /** SHA-256 over the CSR's DER, upper-case hex (SCM `csrDetails.sha256Hash`, seed 004 L1126-1128). */
  readonly csrSha256: string
}

/** The right to place one order now: a slot of the login's, granted while the CA answered. */
export interface SubmissionTurn {
  /** Gives it back. Calling it again does nothing. */
  release(): void
}

export interface Submission {
  readonly target: OrderTarget
  readonly csr: CertificateSigningRequest
  readonly identity: OrderIdentity
  /** From 1. */
  readonly attempt: number
  /** Without it, `submit` waits for one of its own. It stays the caller's to give back. */
  readonly turn?: SubmissionTurn | undefined
  /** For people who read the order at the CA: which request of which cluster. Never matched by. */
  readonly note: string
  /** As the order's record has them: the term is in the target. */
  readonly overrides?: Omit<Overrides, 'term'>
  /**
   * Asked in the tick that writes the first byte, after any waiting for a slot or a token. When false, nothing is sent
   * and the outcome is a refusal with cause `busy` and code `NotSent`.
   */
  readonly mayBegin: () => boolean
}

/** Why a CA refused, and who can cure it. */
export interface Refusal {
  /** `request`: only a new CSR cures it. `issuer`: its owner must act. `validation`: a domain or organization must be validated. `busy`: time. */
  readonly cause: 'request' | 'issuer' | 'validation' | 'busy'
  /** The CA's own code, or ours where it has none (for example `ConnectionRefused`). */
  readonly code: string
  /** One cleaned, bounded sentence for a condition. */
  readonly message: string
  /** Cause `validation`: the domains it is about, as far as they can be told. */
  readonly domains?: readonly string[]
  readonly retryAfterMs?: number
  /** Names the call in the log, for whoever asks the CA about it. */
  readonly request?: string
}

export type SubmitOutcome =
  | { readonly outcome: 'accepted'; readonly remote: RemoteOrder }
  /** Definite: no order was made. */
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
  /** An order may have been made: time-out, reset after the first byte, an error that does not say. */
  | { readonly outcome: 'unknown'; readonly code: string; readonly message: string; readonly request?: string }

/** How far an order is, in words every CA shares. */
export type OrderPhase = 'processing' | 'awaitingApproval' | 'awaitingValidation' | 'issued' | 'failed'

/** What the owner of a domain publishes, so that the CA sees the proof of control for one order. Nothing of it is secret. */
export interface DomainValidation {
  readonly domain: string
  /** The CA's word: CNAME, TXT, HTTP, HTTPS, EMAIL. */
  readonly method: string
  /** Name of the DNS record, URL of the file, or address that the mail goes to. */
  readonly name: string
  /** Value of the record or content of the file, to the letter. Absent for a mail, and where it cannot be shown. */
  readonly value?: string
}

export interface Look {
  readonly phase: OrderPhase
  /** The CA's own word, for people: `Requested`, `SA Approved`. */
  readonly word: string
  /** What somebody has to do before it goes on, and where, in one bounded sentence. */
  readonly todo?: string
  /** The proofs of control that the CA waits for. */
  readonly validations?: readonly DomainValidation[]
  /** Did the answer carry our marker or our CSR's hash? `unsaid`: it carried neither a comment nor a hash. */
  readonly ours: 'yes' | 'no' | 'unsaid'
}

export type FetchOutcome =
  | { readonly outcome: 'ready'; readonly bytes: Uint8Array }
  | { readonly outcome: 'notYet'; readonly word: string }

/** What became of the wish that an order be declined. Asking again is safe. */
export type CancelOutcome =
  /** It is declined now, by us or by somebody else. */
  | { readonly outcome: 'cancelled' }
  /** It had ended before: issued (then only revoking helps), rejected, revoked. `word` is the CA's. */
  | { readonly outcome: 'alreadyFinal'; readonly phase: 'issued' | 'failed'; readonly word: string }
  /** It is past the point at which it can be declined, and not at its end. */
  | { readonly outcome: 'tooLate'; readonly word: string }
  | { readonly outcome: 'notPermitted'; readonly message: string }
  /** It carries neither our marker nor our CSR: nothing was done. */
  | { readonly outcome: 'notOurs' }
  /** The CA knows no such thing for this product. */
  | { readonly outcome: 'unsupported' }

/** Those of RFC 5280 5.3.1 that CAs take for end entities. */
export type RevocationReason =
  | 'unspecified'
  | 'keyCompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation'

/** What became of the wish that a certificate be revoked. Asking again is safe. */
export type RevokeOutcome =
  | { readonly outcome: 'revoked' }
  | { readonly outcome: 'alreadyRevoked' }
  /** There is no certificate to revoke: not issued yet, declined, expired. `word` is the CA's. */
  | { readonly outcome: 'notIssued'; readonly word: string }
  | { readonly outcome: 'notPermitted'; readonly message: string }
  | { readonly outcome: 'notOurs' }

export interface Candidate {
  readonly remote: RemoteOrder
  /**
   * `marker`: ours beyond doubt, may be adopted. The others block a second submission and are not adopted. `csr`: same CSR,
   * no marker. `names`: it says neither whose it is nor what its CSR was, and has no name that was not asked for.
   */
  readonly match: 'marker' | 'csr' | 'names'
  /** How far it is, where the CA says it along. */
  readonly phase?: OrderPhase | undefined
  /** Start of the day (UTC) on which it was requested, wall-clock milliseconds; CAs say no more. Undefined: not said. */
  readonly requestedOn: number | undefined
}

export type FindOutcome =
  | { readonly outcome: 'searched'; readonly candidates: readonly Candidate[] }
  | { readonly outcome: 'notSearchable'; readonly reason: string }

/** One thing that makes a request impossible, named by its field, with the cure. */
export interface Problem {
  /** Where the requester wrote it: `spec.isCA`, `spec.request (SAN)`. */
  readonly field: string
  readonly message: string
}

/** What somebody asks for, as a CA may judge it before anything is bought. */
export interface RequestedCertificate {
  readonly csr: CertificateSigningRequest
  /** The request's `spec.isCA`. */
  readonly isCA: boolean
  readonly durationSeconds: number | undefined
  /** Days, exactly. */
  readonly term?: number | undefined
}

/** `request`: only another CSR helps. `annotations`: others of the request do. `issuer`: its owner must change it. */
type Curer = 'request' | 'annotations' | 'issuer'

export type Offer =
  | { readonly possible: true; readonly target: OrderTarget }
  | { readonly possible: false; readonly by: Curer; readonly problems: readonly Problem[] }

/**
 * The pure part of a CA: what an issuer can order, as its settings and the facts on record have it. It is there without a
 * connection, so that a request is judged alike while the CA is away.
 */
export interface Preflight {
  readonly aim: OrderAim
  /**
   * What an order for this request would ask for, or everything that makes it impossible: key, names, term, CA
   * certificates. (What only an issuer can get wrong, such as custom fields, is `describe`'s.) Never throws.
   */
  check(requested: RequestedCertificate): Offer
}

/** What the CA said about an issuer's settings; kept in the issuer's status. */
export interface IssuerFacts {
  readonly profile: {
    readonly id: string
    readonly name: string
    /** Days. */
    readonly terms: readonly number[]
    /** Algorithm -> sizes or curves, as the CA spells them. Empty: not said. */
    readonly keyTypes: Readonly<Record<string, readonly string[]>>
  }
  readonly organization: { readonly id: string; readonly name: string }
  /** RFC 3339 date on which the login's password ends, where the CA tells. */
  readonly credentialsExpire?: string
}

export interface CallOptions {
  readonly signal: AbortSignal
  /** For whose sake: the namespaces that one issuer serves take turns. */
  readonly namespace?: string | undefined
  /** Nobody waits for the answer: everything else goes first. */
  readonly whenIdle?: true
}

/** One order, as every later call names it. */
export interface OrderQuery {
  readonly target: OrderTarget
  readonly remote: RemoteOrder
  readonly identity: OrderIdentity
}

/** An attempt with a lost answer, as far as it helps to find the order that it may have left behind. */
export interface FindQuery {
  readonly target: OrderTarget
  readonly identity: OrderIdentity
  /** Undefined: what was in it is not known any more. Then only what can be found by the marker alone is. */
  readonly csr: CertificateSigningRequest | undefined
  /** When the order can have been made, wall-clock milliseconds. */
  readonly made: { readonly after: number; readonly before: number }
  /**
   * Does finding nothing count only if this account is seen to see orders of the target's organization and profile? If it
   * sees none, the outcome is `notSearchable`.
   */
  readonly mustSee: boolean
}

export interface CertificateBackend {
  /**
   * Names the account that calls are made with: the same for the same salt and account, whatever its password, and of no
   * use to whoever wants to know which one it is. Accounts differ in the orders that they see.
   */
  account(salt: string): string
  /**
   * Is the login accepted, and do organization, profile and custom fields exist? Throws BackendError. Reads only. What
   * another issuer of the login asked since `since` (waiting clock, milliseconds) is not asked again; absent: all is asked.
   */
  describe(options: CallOptions & { readonly since?: number }): Promise<IssuerFacts>
  /**
   * Waits, for as long as it takes, until an order may be placed: it is this caller's turn, and the CA answered a read
   * since it was last seen failing. Throws BackendError when the credentials are refused, the signal's reason when aborted.
   */
  turn(options: CallOptions): Promise<SubmissionTurn>
  /** Places one order. Never throws for anything that happened after the call began, and never retries. */
  submit(submission: Submission): Promise<SubmitOutcome>
  /** Looks for orders that an attempt with a lost answer may have left behind. Throws BackendError when it could not search. */
  find(query: FindQuery, options: CallOptions): Promise<FindOutcome>
  /** How far is the order? Throws BackendError (kind `Gone` when the CA does not know the id). */
  look(query: OrderQuery, options: CallOptions): Promise<Look>
  /**
   * What the CA shows of domains that a refusal named, and of those above and below them: only good for comparing, as another
   * text says that something has changed. Undefined when this account cannot see it. Throws BackendError.
   */
  lookAtDomains(
    query: { readonly target: OrderTarget; readonly domains: readonly string[] },
    options: CallOptions,
  ): Promise<string | undefined>
  /** The certificate with its chain, in whatever form and order the CA has it. */
  fetch(query: Omit<OrderQuery, 'identity'>, options: CallOptions): Promise<FetchOutcome>
  /** Declines an order that is not issued yet. `message` is for the people at the CA. Throws BackendError. */
  cancel(query: OrderQuery & { readonly message: string }, options: CallOptions): Promise<CancelOutcome>
  /** Revokes an issued certificate. `message` is for the people at the CA. Throws BackendError. */
  revoke(
    query: OrderQuery & { readonly reason: RevocationReason; readonly message: string },
    options: CallOptions,
  ): Promise<RevokeOutcome>
}

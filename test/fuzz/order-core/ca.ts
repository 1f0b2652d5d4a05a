// The CA of the model world: orders with comments, lists that lag, people who approve, decline and write into comments, logins
// that see all orders or none, and a bill that tells whether anything was ordered twice.
import type {
  CancelOutcome,
  Candidate,
  FindOutcome,
  Look,
  OrderIdentity,
  OrderTarget,
  Refusal,
  RemoteOrder,
  SubmitOutcome,
} from '../../../src/backends/backend.ts'
import { BackendError } from '../../../src/backends/backend-error.ts'
import type { Delivery } from '../../../src/issuance/verify.ts'
import { breach } from './promises.ts'

export interface CaSettings {
  /** Do details show the CSR's hash? */
  readonly showsHash: boolean
  /** How long an order is in no list. */
  readonly lagMs: number
  /** Does somebody have to approve? */
  readonly approval: boolean
  /** From the approval to the certificate, and from there to where it can be collected. */
  readonly takesMs: number
  readonly collectMs: number
  /** May the account decline? */
  readonly mayDecline: boolean
}

/** What is wrong with a certificate that the CA issues. */
export type Flaw = 'none' | 'missing names' | 'wrong key'

export interface CaOrder {
  readonly id: string
  /** Ours were placed under it; empty for one that somebody made by hand. */
  readonly marker: string
  comments: string
  readonly csrSha256: string
  readonly profile: string
  readonly requestedAt: number
  approvedAt: number | undefined
  /** The CA's word for its end without a certificate. */
  ended: string | undefined
  flaw: Flaw
}

/** A login that sees no orders and may place none. */
export const BLIND = 'blind'
const DAY_MS = 86_400_000

export class Ca {
  readonly #settings: CaSettings
  readonly #now: () => number
  readonly orders: CaOrder[] = []
  /** Of new orders. */
  flaw: Flaw = 'none'
  /** It answers no question and refuses every order. */
  down = false
  /** Markers of requests that the CA refused for good. */
  readonly refusedForGood = new Set<string>()

  constructor(settings: CaSettings, now: () => number) {
    this.#settings = settings
    this.#now = now
  }

  get showsHash(): boolean {
    return this.#settings.showsHash
  }

  submit(
    { target, identity, attempt }: { target: OrderTarget; identity: OrderIdentity; attempt: number },
    login: string,
    cause?: Refusal['cause'],
  ): SubmitOutcome {
    const refusing = cause ?? (this.down ? 'busy' : login === BLIND ? 'issuer' : undefined)
    if (refusing !== undefined) {
      if (refusing === 'request') this.refusedForGood.add(identity.marker)
      const refusal: Refusal = { cause: refusing, code: '-1', message: `refused for the sake of the ${refusing}` }
      return { outcome: 'refused', refusal }
    }
    const { marker } = identity
    const living = this.orders.filter((order) => order.marker === marker && order.ended === undefined)
    if (living.length > 0) throw breach(`${marker} is ordered again, though ${living[0]?.id} lives`)
    const order = this.#add(target.profile, identity.csrSha256, { marker, comments: `${marker}:${attempt} shop` })
    return { outcome: 'accepted', remote: { id: order.id, attributes: {} } }
  }

  /** Somebody orders by hand, with the same CSR. */
  orderByHand(profile: string, csrSha256: string): void {
    this.#add(profile, csrSha256, { marker: '', comments: 'by hand' })
  }

  #add(profile: string, csrSha256: string, { marker, comments }: { marker: string; comments: string }): CaOrder {
    const requestedAt = this.#now()
    const approvedAt = this.#settings.approval ? undefined : requestedAt
    const id = String(800 + this.orders.length)
    const order = {
      id,
      marker,
      comments,
      csrSha256,
      profile,
      requestedAt,
      approvedAt,
      ended: undefined,
      flaw: this.flaw,
    }
    this.orders.push(order)
    return order
  }

  isListed({ ended, requestedAt }: CaOrder): boolean {
    return ended !== 'deleted' && requestedAt + this.#settings.lagMs <= this.#now()
  }

  phaseOf({ ended, approvedAt }: CaOrder): Look['phase'] {
    if (ended !== undefined) return 'failed'
    if (approvedAt === undefined) return 'awaitingApproval'
    return this.#now() < approvedAt + this.#settings.takesMs ? 'processing' : 'issued'
  }

  look(remote: RemoteOrder, identity: OrderIdentity, login: string): Look {
    const order = this.#read(remote, login)
    const phase = this.phaseOf(order)
    return { phase, word: order.ended ?? phase, ours: this.#proves(order, identity) }
  }

  #proves({ comments, csrSha256 }: CaOrder, identity: OrderIdentity): Look['ours'] {
    if (comments.includes(`${identity.marker}:`)) return 'yes'
    if (this.#settings.showsHash) return csrSha256 === identity.csrSha256 ? 'yes' : 'no'
    return comments === '' ? 'unsaid' : 'no'
  }

  find(
    { profile, identity, mustSee }: { profile: string; identity: OrderIdentity; mustSee: boolean },
    login: string,
  ): FindOutcome {
    this.#answers()
    const listed = this.orders.filter((order) => order.profile === profile && this.isListed(order))
    const seen = login === BLIND ? [] : listed
    if (mustSee && seen.length === 0) return { outcome: 'notSearchable', reason: 'the account sees no order' }
    const candidates = seen.flatMap((order) => this.#candidate(order, identity) ?? [])
    const marked = candidates.filter(({ match }) => match === 'marker')
    return { outcome: 'searched', candidates: marked.length > 0 ? marked : candidates }
  }

  #candidate(order: CaOrder, identity: OrderIdentity): Candidate | undefined {
    const { id, comments, csrSha256, requestedAt } = order
    const found = (match: Candidate['match']): Candidate => ({
      remote: { id, attributes: {} },
      match,
      phase: this.phaseOf(order),
      requestedOn: Math.floor(requestedAt / DAY_MS) * DAY_MS,
    })
    if (comments.startsWith(`${identity.marker}:`)) return found('marker')
    if (comments.startsWith('certwright:')) return undefined
    if (comments.includes(`${identity.marker}:`)) return found('csr')
    if (this.#settings.showsHash) return csrSha256 === identity.csrSha256 ? found('csr') : undefined
    return comments === '' ? found('names') : undefined
  }

  fetch(remote: RemoteOrder, login: string): Delivery | 'notYet' {
    const { id, approvedAt, flaw } = this.#read(remote, login)
    const at = (approvedAt ?? 0) + this.#settings.takesMs
    if (approvedAt === undefined || this.#now() < at + this.#settings.collectMs) return 'notYet'
    if (flaw === 'wrong key') return { verdict: 'reject', code: 'WrongKey', message: 'it has another key' }
    if (flaw === 'missing names') return { verdict: 'stalled', code: 'MissingNames', message: 'it lacks a name' }
    const [notBefore, notAfter] = [at, at + DAY_MS]
    const serial = serialOf(id)
    const bare = { caPem: undefined, extraNames: [], missingPurposes: [] }
    return { verdict: 'deliver', serial, notBefore, notAfter, certificatePem: serial, ...bare }
  }

  cancel(remote: RemoteOrder, identity: OrderIdentity, login: string): CancelOutcome {
    const order = this.#read(remote, login)
    if (this.#proves(order, identity) !== 'yes') return { outcome: 'notOurs' }
    if (order.ended === 'declined') return { outcome: 'cancelled' }
    const phase = this.phaseOf(order)
    if (phase === 'issued' || phase === 'failed') return { outcome: 'alreadyFinal', phase, word: order.ended ?? phase }
    if (phase !== 'awaitingApproval') return { outcome: 'tooLate', word: phase }
    if (!this.#settings.mayDecline) return { outcome: 'notPermitted', message: 'not this account' }
    order.ended = 'declined'
    return { outcome: 'cancelled' }
  }

  #answers(): void {
    if (this.down) throw new BackendError('Unreachable', 'ECONNREFUSED')
  }

  #read({ id }: RemoteOrder, login: string): CaOrder {
    this.#answers()
    const order = this.orders.find((one) => one.id === id)
    if (login === BLIND) throw new BackendError('AccessDenied', 'the account may not see it')
    if (order === undefined || order.ended === 'deleted') throw new BackendError('Gone', 'no such order')
    return order
  }
}

export function serialOf(id: string): string {
  return `5E${id}`
}

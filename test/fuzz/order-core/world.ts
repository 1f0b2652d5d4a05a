// The model world: an API server, a CA, one or two replicas of the operator, one clock, and everything that can come between.
import type { Refusal } from '../../../src/backends/backend.ts'
import { BackendError } from '../../../src/backends/backend-error.ts'
import { KubeError } from '../../../src/kube/errors.ts'
import { ApiServer } from './api-server.ts'
import { Ca, type CaSettings } from './ca.ts'
import { type Call, type Running, SUBMIT } from './calls.ts'
import type { Mishap } from './history.ts'
import type { IssuerSettings } from './issuer.ts'
import { breach, Promises } from './promises.ts'
import { Replica } from './replica.ts'

/** What becomes of one call. */
export type Fault =
  | 'none'
  /** It never arrives. */
  | 'lost'
  /** It takes effect, and its answer is lost. */
  | 'unanswered'
  /** It, or its answer, is under way until something else lets it arrive. */
  | 'slow'
  | 'slowAnswer'
  /** The process ends, before it is sent, while it is under way, or before its answer. */
  | 'crash'
  | 'crashUnderway'
  | 'crashUnanswered'
  /** What an enrolment hears; nothing for any other call. */
  | `refused by ${Refusal['cause']}`

export interface WorldSettings {
  readonly ca: CaSettings
  readonly issuer: IssuerSettings
  /** How much the clock of each replica is ahead of the API server's. */
  readonly skews: readonly number[]
}

interface Parked {
  readonly replica: Replica
  readonly key: string
  readonly running: Running<number | undefined>
  readonly call: Call
  readonly since: number
  readonly answer?: { readonly value: unknown } | { readonly error: unknown }
}

export const START = Date.UTC(2026, 10, 23, 12)
/** An enrolment, or any other call, is over after this time. */
export const CALL_MS = 120_000
/** Reconciles in one go, besides one a second. */
const MOST_RECONCILES = 1_000
const SECOND = 1_000

export class World {
  now = START
  readonly api = new ApiServer(() => this.now)
  readonly ca: Ca
  readonly promises = new Promises()
  readonly trace: string[] = []
  /** The account behind the issuer's credentials. */
  login = 'first'
  /** What the enrolment under way will hear. */
  refusing: Refusal['cause'] | undefined
  /** An order may be known by its comments alone. */
  recordRemoved = false
  leader: Replica
  readonly replicas: Replica[]
  readonly #settings: WorldSettings
  #parked: Parked[] = []
  #nonces = 0

  constructor(settings: WorldSettings) {
    this.#settings = settings
    this.ca = new Ca(settings.ca, () => this.now)
    const leads = (replica: Replica | undefined): Replica => {
      if (replica === undefined) throw new RangeError('a world without replicas')
      return replica
    }
    this.replicas = settings.skews.map((skew) => new Replica(this, skew))
    this.leader = leads(this.replicas[0])
    this.leader.lead()
  }

  get isCalling(): boolean {
    return this.#parked.length > 0
  }

  nonce(): string {
    return `nonce-${++this.#nonces}`
  }

  say(what: string): void {
    this.trace.push(`${String((this.now - START) / 1_000).padStart(9)} s  ${what}`)
  }

  /** The leader works, and time passes, for `ms`. Calls meet one fault after the other, and then none. */
  pass(ms: number, mishaps: readonly Mishap[] = []): void {
    const left = [...mishaps]
    const end = this.now + ms
    for (let reconciles = 0; ; reconciles++) {
      if (reconciles > MOST_RECONCILES + ms / SECOND) throw breach(`the operator did not come to rest within ${ms} ms`)
      for (const replica of this.replicas) replica.listen()
      const overdue = this.#parked.findIndex(({ replica, since }) => replica.leads() && this.now - since > CALL_MS)
      if (overdue >= 0) {
        this.arrive(overdue, left)
        continue
      }
      const [key, at] = this.#next()
      if (at > this.now) {
        if (at > end) break
        this.now = at
        continue
      }
      this.leader.due.delete(key)
      this.leader.busy.add(key)
      this.#go({ replica: this.leader, key, running: this.leader.reconcile(key) }, undefined, left)
    }
    this.now = Math.max(this.now, end)
  }

  /** The leader's next key, or no key where a call of it ends without an answer before that. */
  #next(): readonly [key: string, at: number] {
    const [key, at] = this.leader.next() ?? ['', Number.POSITIVE_INFINITY]
    const own = this.#parked.filter(({ replica }) => replica.leads())
    const end = Math.min(...own.map(({ since }) => since + CALL_MS + SECOND))
    return end < at ? ['', end] : [key, at]
  }

  /** Nobody works. */
  sleep(ms: number): void {
    this.now += ms
  }

  /** One call that is under way, or its answer, arrives. */
  arrive(index: number, mishaps: readonly Mishap[] = []): void {
    const parked = this.#parked[index % Math.max(1, this.#parked.length)]
    if (parked === undefined) return
    this.#parked = this.#parked.filter((one) => one !== parked)
    const { replica, call, since } = parked
    const late = this.now - since > CALL_MS
    const over = replica.gone && !call.critical
    this.say(`arrives${late ? ' too late' : ''}${over ? ' from a process that is gone' : ''}: ${call.name}`)
    const answer = parked.answer ?? (late ? undefined : answerOf(call.run))
    if (over) return
    this.#go(parked, late || answer === undefined ? answerOf(call.lost) : answer, [...mishaps])
  }

  arriveAll(): void {
    while (this.#parked.length > 0) this.arrive(0)
  }

  /** The leader is gone, with all it knew; another process starts. */
  crash(): void {
    this.say('the leader crashes')
    // What was critical is cut too: a crash is no shutdown.
    this.#parked = this.#parked.map((one) =>
      one.replica === this.leader ? { ...one, call: { ...one.call, critical: false } } : one,
    )
    this.#replace(this.leader)
  }

  /** The leader loses its lease and stops: what may not be cut goes on. */
  depose(): void {
    this.say('the leader loses its lease')
    this.#replace(this.leader)
  }

  #replace(old: Replica): void {
    old.gone = true
    const place = this.replicas.indexOf(old)
    this.replicas[place] = new Replica(this, this.#settings.skews[place] ?? 0)
    this.leader = this.replicas[(place + 1) % this.replicas.length] ?? old
    this.leader.lead()
  }

  #go(
    { replica, key, running }: Pick<Parked, 'replica' | 'key' | 'running'>,
    answer: Parked['answer'],
    mishaps: Mishap[],
  ): void {
    try {
      let next = resume(running, answer)
      while (!next.done) {
        const call = next.value
        const fault = this.#faultOf(call, mishaps)
        this.say(`${this.replicas.indexOf(replica)} ${key}: ${call.name}${fault === 'none' ? '' : ` (${fault})`}`)
        const parked = { replica, key, running, call, since: this.now }
        if (fault.startsWith('crash')) this.#crashIn(parked, fault)
        else if (fault === 'slow') this.#parked.push(parked)
        if (fault.startsWith('crash') || fault === 'slow') return
        const given = this.#perform(call, fault)
        if (fault === 'slowAnswer') {
          this.#parked.push({ ...parked, answer: given })
          return
        }
        next = resume(running, given)
      }
      if (next.value !== undefined) replica.add(key, next.value)
    } catch (error) {
      if (!(error instanceof KubeError)) throw error
      if (error.status !== 404) replica.retry(key)
    }
    replica.busy.delete(key)
  }

  /** The first mishap that is left, if it is for this call. */
  #faultOf({ name }: Call, mishaps: Mishap[]): Fault {
    const [next] = mishaps
    if (next === undefined || !name.startsWith(next.call)) return 'none'
    mishaps.shift()
    return next.fault
  }

  #perform(call: Call, fault: Fault): NonNullable<Parked['answer']> {
    if (fault === 'lost') return answerOf(call.lost)
    if (fault === 'unanswered') {
      answerOf(call.run)
      return answerOf(call.lost)
    }
    if (call.name === SUBMIT && fault.startsWith('refused by '))
      this.refusing = fault.slice('refused by '.length) as Refusal['cause']
    const answer = answerOf(call.run)
    this.refusing = undefined
    return answer
  }

  #crashIn(parked: Parked, fault: Fault): void {
    if (fault === 'crashUnanswered') answerOf(parked.call.run)
    if (fault === 'crashUnderway') this.#parked.push(parked)
    // A submission that another process may still finish is cut only with the process that makes it.
    if (parked.replica !== this.leader) return
    this.crash()
  }
}

function answerOf(run: () => unknown): { readonly value: unknown } | { readonly error: unknown } {
  try {
    return { value: run() }
  } catch (error) {
    if (!(error instanceof KubeError || error instanceof BackendError)) throw error
    return { error }
  }
}

function resume<T>(running: Running<T>, answer: Parked['answer']): IteratorResult<Call, T> {
  if (answer === undefined) return running.next()
  return 'error' in answer ? running.throw(answer.error) : running.next(answer.value)
}

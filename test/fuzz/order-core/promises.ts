// What must hold at every moment of every history. Whatever does not is thrown where it happens.
import type { CertificateOrder } from '../../../src/api/certificate-order.ts'
import type { CertificateRequest } from '../../../src/api/certificate-request.ts'
import type { RemoteOrder } from '../../../src/backends/backend.ts'
import { isProblem, type Known } from '../../../src/issuance/known.ts'
import { movedFrom, remoteOf } from '../../../src/issuance/order-view.ts'
import type { OrphanStep, RecordKnown } from '../../../src/issuance/orphan.ts'
import type { Step, Verdict } from '../../../src/issuance/step.ts'
import { serialOf } from './ca.ts'
import { DEADLINES } from './issuer.ts'
import type { World } from './world.ts'

export function breach(what: string): Error {
  return new Error(`broken promise: ${what}`)
}

/** No wait is longer: a day of the budget, with the jitter on it. */
const LONGEST_WAIT_MS = 27 * 60 * 60_000
/** Clocks that agree within half a minute, and times in whole seconds. */
const CLOCKS_MS = 35_000

type Pending = readonly [words: RegExp, isTrue: (known: Known) => boolean]

/** Every Pending says one of these, and only while it is so. */
const PENDING: readonly Pending[] = [
  [
    /^Waiting for SectigoIssuer "[^"]+", which does not exist in namespace "shop"$/,
    ({ issuer }) => issuer === undefined,
  ],
  [/^Waiting for SectigoIssuer "[^"]+" to become Ready: ./, ({ issuer }) => issuer?.notReady !== undefined],
  [/^Waiting for SectigoIssuer "[^"]+" to be changed: ./, ({ issuer }) => issuer?.offer?.possible === false],
  [/^Waiting for (the issuer's owner|validation at the CA|the CA): ./, ({ memory }) => memory.refused !== undefined],
  [/^Waiting until it is known whether the order of CertificateOrder "/, ({ alike }) => alike.length > 0],
  [/^BudgetExceeded: no order is made through SectigoIssuer "/, ({ purchases }) => purchases.length > 0],
  [/^IssuerMoved: .* is left alone until the issuer points back\. /, isMoved],
  [/^OrderUnknown: .*search/, ({ memory }) => memory.search !== undefined],
  [/^OrderUnknown: order \d+ at the CA has .* nothing else is ordered/, ({ memory }) => memory.search !== undefined],
  [/^OrderUnknown: the CA shows order \d+ without our marker/, ({ memory }) => memory.seen?.look.ours !== 'yes'],
  [/^Stalled: order \d+ was issued, but ./, ({ memory }) => memory.fetched !== undefined],
  [/^Stalled: order \d+ was issued as /, ({ memory }) => memory.fetched !== undefined],
  [
    /^The CA cannot be asked at the moment \(\w+\): ./,
    ({ memory: { trouble } }) => trouble !== undefined && trouble.kind !== 'Gone',
  ],
  [/^The CA does not have the order \(Gone\): ./, ({ memory }) => memory.trouble?.kind === 'Gone'],
  [/^Order \d+ is "./, ({ memory }) => memory.seen?.look.ours === 'yes'],
]

/** What only an event ends, since only a change of the issuer does; that a deadline has passed is seen every few minutes. */
const WITHOUT_END =
  /^(Waiting for SectigoIssuer .*(does not exist .*|to become Ready: .*|to be changed: .*)|the issuer is being checked|IssuerMoved: .*)$/

/** Said to nobody, since it is over soon. */
const SILENT = 'the issuer is being checked'

function isMoved({ order, issuer }: Known): boolean {
  return order !== undefined && issuer?.aim !== undefined && movedFrom(order, issuer.aim).length > 0
}

export class Promises {
  /** Serial -> UID of the request that has it. */
  readonly #delivered = new Map<string, string>()

  /** One decision about a request, by what was known. */
  decided(known: Known, step: Step): void {
    const { request, memory, issuer, tick } = known
    const refuses = (what: string): Error => breach(`${what}: ${JSON.stringify(step)}`)
    if ((request.finished || request.deleting) && step.do !== 'nothing') throw refuses('finished')
    if (!request.denied && request.approvedAt === undefined && step.do !== 'nothing') throw refuses('not approved')
    if (request.approvedAt !== undefined && !request.finished && step.do === 'nothing') throw refuses('left alone')
    if (step.do === 'wait') checkWait(step, tick)
    if (step.do === 'wait' && step.because === SILENT && issuer?.notReady !== undefined) throw refuses('without a word')
    if (step.do === 'report' && step.ready.reason === 'Pending') checkPending(step.ready.message, known)
    const asks = ['find', 'look', 'fetch', 'cancel', 'recordAttempt'].includes(step.do)
    if (asks && (issuer === undefined || issuer.notReady !== undefined || isMoved(known)))
      throw refuses('the CA is asked though the issuer is not Ready, or points elsewhere')
    if (step.do === 'submit' && memory.permit?.attempt !== step.attempt) throw refuses('submitted without a permit')
    if (step.do === 'createOrder' && isProblem(request.csr)) throw refuses('ordered without a CSR')
  }

  /** One decision about a record without a request. */
  decidedForRecord({ order, wanted, tick }: RecordKnown, step: OrphanStep): void {
    if (wanted && !['nothing', 'wait', 'searchAgain'].includes(step.do))
      throw breach(`${order.metadata.name} is not alone: ${step.do}`)
    if (step.do === 'wait' && !(step.until > tick)) throw breach(`a wait that is over: ${order.metadata.name}`)
  }

  /** A verdict that was written. */
  reported(request: CertificateRequest, ready: Verdict, order: CertificateOrder | undefined, world: World): void {
    if (ready.reason === 'Failed') checkFailed(ready.message, order, world)
    if (ready.reason !== 'Issued') return
    const placed = world.ca.orders.find(({ id }) => serialOf(id) === ready.certificatePem)
    if (placed === undefined || placed.flaw !== 'none' || placed.marker !== order?.spec.marker)
      throw breach(`${request.metadata.name} is given a certificate that is not its own`)
    const { uid } = request.metadata
    if ((this.#delivered.get(ready.certificatePem) ?? uid) !== uid) throw breach('a certificate is given twice')
    this.#delivered.set(ready.certificatePem, uid)
  }

  /** A record whose request is gone ends. */
  ended({ metadata, spec }: CertificateOrder, message: string, { ca, now }: World): void {
    const lives = ca.orders.some((order) => order.marker === spec.marker && order.ended === undefined)
    if (/there is none$/.test(message) && lives) throw breach(`${metadata.name} says that there is no order`)
    const age = now - Date.parse(metadata.creationTimestamp) + CLOCKS_MS
    if (/no request .* came within/.test(message) && age < DEADLINES.processing)
      throw breach(`${metadata.name} is given up too early`)
  }

  /** An order is declined because there is another one on record: it must be on none itself. */
  declinesSurplus({ metadata }: CertificateOrder, { id }: RemoteOrder, { api }: World): void {
    const onRecord = [...api.records.values()].find((record) => remoteOf(record)?.id === id)
    if (onRecord !== undefined) throw breach(`${metadata.name} has order ${id} of ${onRecord.metadata.name} declined`)
  }

  /** An order is declined because its request is gone: it must be, and so must be whoever else wants the order. */
  declines({ spec, metadata }: CertificateOrder, { api }: World): void {
    const sharing = [...api.records.values()].filter((record) => record.spec.marker === spec.marker)
    const waits = sharing.find((record) => api.isAwaited(record))
    if (waits !== undefined) throw breach(`the order of ${metadata.name} is declined, but ${waits.metadata.name} waits`)
  }
}

function checkWait({ because, until }: Extract<Step, { do: 'wait' }>, tick: number): void {
  if (until === undefined && !WITHOUT_END.test(because)) throw breach(`nothing ends this wait: ${because}`)
  if (until !== undefined && !(until > tick && until <= tick + LONGEST_WAIT_MS))
    throw breach(`a wait of ${until - tick} ms: ${because}`)
}

function checkPending(message: string, known: Known): void {
  const [, isTrue] = PENDING.find(([words]) => words.test(message)) ?? []
  if (isTrue === undefined) throw breach(`Pending does not name what is waited for: ${message}`)
  if (!isTrue(known)) throw breach(`Pending says what is not so: ${message}`)
}

/** Only what a new CSR cures, what people decided, or a deadline. */
function checkFailed(message: string, order: CertificateOrder | undefined, { ca, now }: World): void {
  if (order === undefined) throw breach(`failed without an order: ${message}`)
  const placed = ca.orders.find(({ id }) => id === remoteOf(order)?.id)
  const age = now - Date.parse(order.metadata.creationTimestamp) + CLOCKS_MS
  const { processing, approval } = DEADLINES
  const reasons: readonly (readonly [words: RegExp, isSo: boolean])[] = [
    [/^Order \d+ ended as "/, placed?.ended !== undefined],
    [/^The CA refused the order: /, ca.refusedForGood.has(order.spec.marker)],
    [/^Order \d+ is not delivered: /, placed?.flaw === 'wrong key'],
    [/within spec\.deadlines\.processing of its issuer/, age >= processing],
    [/within spec\.deadlines\.approval of its issuer/, age >= approval],
  ]
  const [, isSo] = reasons.find(([words]) => words.test(message)) ?? []
  if (isSo !== true) throw breach(`failed without a reason: ${message}`)
}

// From now on nothing goes wrong: what must become of every request and every record.
import type { CertificateRequest } from '../../../src/api/certificate-request.ts'
import { orderName, remoteOf } from '../../../src/issuance/order-view.ts'
import { isFinished } from '../../../src/issuance/request-view.ts'
import { isApproved } from './api-server.ts'
import { changeIssuer, PROFILE } from './happenings.ts'
import { MANY_ORDERS } from './history.ts'
import { breach } from './promises.ts'
import { RETENTION_MS } from './replica.ts'
import { csrOf } from './requests.ts'
import type { World, WorldSettings } from './world.ts'

const HOUR = 60 * 60_000
/** Shorter than every deadline, longer than every search, pause and processing. */
const SOON_MS = 8 * HOUR
/** Longer than the deadlines, one after the other. */
const AFTER_DEADLINES_MS = 150 * HOUR
/** Longer than certificates last. */
const LIFETIME_MS = 25 * HOUR

export function endsWell(world: World, initial: WorldSettings): void {
  world.say('from now on all is well')
  for (const replica of world.replicas)
    for (const kind of ['issuers', 'records', 'requests'] as const) replica.watch(kind, 'well')
  world.arriveAll()
  for (const change of ['create', 'ready', 'canServe', 'pointBack'] as const) changeIssuer(world, change, initial)
  world.login = 'first'
  world.ca.down = false
  world.ca.flaw = 'none'
  // So that the account is seen to see orders, whoever sent an attempt.
  world.ca.orderByHand(PROFILE, csrOf('C').sha256)

  passWithPeople(world, SOON_MS)
  // Whoever waits for a piece of the budget waits for the deadlines of others.
  if (initial.issuer.budget.openOrders === MANY_ORDERS)
    for (const request of open(world)) checkWaitsForPeople(request, world)
  passWithPeople(world, AFTER_DEADLINES_MS)
  const [stuck] = open(world)
  if (stuck !== undefined) throw breach(`${stuck.metadata.name} never ends: ${messageOf(stuck)}`)
  passWithPeople(world, RETENTION_MS + LIFETIME_MS)
  const [left] = world.api.records.values()
  if (left !== undefined) throw breach(`${left.metadata.name} is never removed`)
  if (world.leader.next() !== undefined) throw breach(`there is something to do for ever: ${world.leader.next()}`)
}

/** The people at the CA do what they are waited for, now and then. */
function passWithPeople(world: World, ms: number): void {
  for (const end = world.now + ms; world.now < end; world.pass(HOUR)) {
    for (const order of world.ca.orders) {
      if (world.ca.phaseOf(order) === 'awaitingApproval') order.approvedAt = world.now
      if (order.flaw === 'missing names') order.flaw = 'none'
    }
  }
}

function open({ api }: World): readonly CertificateRequest[] {
  return [...api.requests.values()].filter((request) => isApproved(request) && !isFinished(request))
}

function messageOf({ status }: CertificateRequest): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? 'it says nothing'
}

/** By the rules only these wait for somebody who does not come. */
function checkWaitsForPeople(request: CertificateRequest, { api, ca }: World): void {
  const message = messageOf(request)
  const record = api.records.get(`shop/${orderName(request.metadata)}`)
  const placed = ca.orders.find(({ id }) => record !== undefined && id === remoteOf(record)?.id)
  const [, inTheWay] = /order (\d+) at the CA has the same/.exec(message) ?? []
  const stranger = ca.orders.find(({ id }) => id === inTheWay)
  const reasons: readonly boolean[] = [
    message.startsWith('IssuerMoved: ') && record?.spec.target.profile !== PROFILE,
    message.startsWith('The CA does not have the order (Gone)') && placed?.ended === 'deleted',
    message.startsWith('Waiting until it is known whether') && ca.orders.some(({ ended }) => ended === 'deleted'),
    message.includes('without our marker and without our CSR') && placed?.comments.includes(placed.marker) === false,
    stranger !== undefined && stranger.ended === undefined && !stranger.comments.startsWith('certwright:'),
  ]
  if (!reasons.includes(true)) throw breach(`${request.metadata.name} still waits: ${message}`)
}

// How each thing that may happen changes the model world.
import { remoteOf } from '../../../src/issuance/order-view.ts'
import { BLIND, type CaOrder } from './ca.ts'
import type { Action, IssuerChange, Treatment } from './history.ts'
import type { ModelIssuer } from './issuer.ts'
import { csrOf, decide, makeRequest, viewRequest } from './requests.ts'
import type { World, WorldSettings } from './world.ts'

const ISSUER = 'shop/public-ov'
export const PROFILE = '5170'

export function happen(world: World, what: Action, initial: WorldSettings): void {
  const { api, ca, now } = world
  world.say(JSON.stringify(what))
  switch (what.do) {
    case 'pass':
      world.pass(what.ms, what.mishaps)
      break
    case 'sleep':
      world.sleep(what.ms)
      break
    case 'arrive':
      world.arrive(what.which, what.mishaps)
      break
    case 'crash':
      world.crash()
      break
    case 'depose':
      world.depose()
      break
    case 'watch':
      pick(world.replicas, what.which)?.watch(what.kind, what.stuck ? 'stuck' : 'well')
      break
    case 'ask':
      ask(world, what)
      break
    case 'decide': {
      const request = pick([...api.requests.values()], what.which)
      if (request !== undefined) decide(api, request, what.as, now)
      break
    }
    case 'delete':
      deleteRequest(world, what)
      break
    case 'removeRecord':
      removeRecord(world, what.which)
      break
    case 'issuer':
      if (!world.recordRemoved || what.change !== 'move') changeIssuer(world, what.change, initial)
      break
    case 'login':
      if (!world.recordRemoved || what.as !== BLIND) world.login = what.as
      break
    case 'outage':
      ca.down = what.down
      break
    case 'treat':
      treat(world, pick(ca.orders, what.which), what.as)
      break
    case 'flaw':
      ca.flaw = what.flaw
      break
    case 'orderByHand':
      ca.orderByHand(PROFILE, csrOf(what.csr).sha256)
  }
}

function pick<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(1, all.length)]
}

function ask({ api, now }: World, { csr, approved }: Extract<Action, { do: 'ask' }>): void {
  const names = [`shop-${csr}`, `shop-${csr}-2`].map((name) => name.toLowerCase())
  const name = names.find((name) => !api.requests.has(`shop/${name}`))
  if (name === undefined) return
  const request = makeRequest(api, name, csr)
  if (approved) decide(api, request, 'Approved', now)
}

function deleteRequest({ api, now }: World, { which, again }: Extract<Action, { do: 'delete' }>): void {
  const [key, request] = pick([...api.requests], which) ?? []
  if (key === undefined || request === undefined) return
  api.remove('requests', key)
  if (!again) return
  const { metadata, spec } = request
  decide(api, makeRequest(api, metadata.name, spec.request), 'Approved', now)
}

/** Somebody switches the admission policy off, and sees to it that the search of a late record finds the order. */
function removeRecord(world: World, which: number): void {
  const { api, ca } = world
  const [key, record] = pick([...api.records], which) ?? []
  if (key === undefined || record === undefined || world.login === BLIND || world.isCalling) return
  const { marker, requestRef, continues, target } = record.spec
  const points = api.issuers.get(ISSUER)?.spec.profile === target.profile && target.profile === PROFILE
  const ordered = ca.orders.filter((order) => order.marker === marker)
  const request = [...api.requests.values()].find(({ metadata }) => metadata.uid === requestRef.uid)
  // A process that leads since moments after its approval may not have seen the record either.
  const isFresh = request !== undefined && viewRequest(request).ready === undefined
  const isFound = ordered.every((order) => ca.isListed(order) && order.comments.startsWith(`${marker}:`))
  if (isFresh || !isFound || !points || continues !== undefined || record.status?.continuedBy !== undefined) return
  api.remove('records', key)
  world.recordRemoved = true
}

export function changeIssuer({ api }: World, change: IssuerChange, { issuer: spec }: WorldSettings): void {
  const issuer = api.issuers.get(ISSUER)
  if (issuer === undefined) {
    if (change !== 'create') return
    const metadata = api.newMetadata('public-ov')
    const made = { apiVersion: 'certwright.dev/v1alpha1', kind: 'SectigoIssuer', metadata }
    api.put('issuers', { ...made, spec: { ...spec, profile: PROFILE, term: 199 } })
    return
  }
  const { notReady: _, ...ready } = issuer
  const { cannotServe: __, ...serving } = issuer
  const changed: { readonly [Change in IssuerChange]?: ModelIssuer } = {
    notReady: { ...issuer, notReady: 'CredentialsRefused: 401' },
    ready,
    move: { ...issuer, spec: { ...issuer.spec, profile: '1' } },
    pointBack: { ...issuer, spec: { ...issuer.spec, profile: PROFILE } },
    term: { ...issuer, spec: { ...issuer.spec, term: issuer.spec.term === 199 ? 47 : 199 } },
    cannotServe: { ...issuer, cannotServe: 'it offers no such term' },
    canServe: serving,
  }
  if (change === 'delete') api.remove('issuers', ISSUER)
  else api.put('issuers', changed[change] ?? issuer)
}

/** What people do with an order at the CA. */
function treat(world: World, order: CaOrder | undefined, as: Treatment): void {
  if (order === undefined) return
  const { ca, api, now } = world
  const phase = ca.phaseOf(order)
  if (as === 'approve' && phase === 'awaitingApproval') order.approvedAt = now
  if (as === 'decline' && phase === 'awaitingApproval') order.ended = 'declined'
  if (as === 'revoke' && phase === 'issued') order.ended = 'revoked'
  if (as === 'delete') order.ended = 'deleted'
  if (as === 'repair' && order.flaw === 'missing names') order.flaw = 'none'
  if (as === 'empty') order.comments = ''
  if (as === 'prefix' && order.comments !== '') order.comments = `Bob: ${order.comments}`
  const onRecord = [...api.records.values()].some((record) => remoteOf(record)?.id === order.id)
  if (as === 'overwrite' && (onRecord || ca.showsHash)) order.comments = 'seen by Bob'
}

// The Lease object as a lock: its shape at the API server, and the rules by which a holder writes it. No time passes here.
import type { KubeObject, Resource } from '../kube/resource.ts'
import { microTime } from './micro-time.ts'

export interface LeaseSpec {
  /** Empty or absent: free. */
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  /** metav1.MicroTime, the holder's wall clock: written for people, never compared. */
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec
}

/** How a time ends that is known to the millisecond only. */
const MICROS = '000Z'

export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
}

export interface Holder {
  readonly identity: string
  readonly leaseDurationSeconds: number
}

/** The record with which `holder` renews, takes over or (`previous` undefined) first makes the lease. */
export function heldBy(holder: Holder, previous: LeaseSpec | undefined, now: number): LeaseSpec {
  const renewal = previous?.holderIdentity === holder.identity
  const transitions = previous?.leaseTransitions ?? 0
  return {
    holderIdentity: holder.identity,
    leaseDurationSeconds: holder.leaseDurationSeconds,
    acquireTime: (renewal ? previous.acquireTime : undefined) ?? microTime(now),
    renewTime: renewTime(now, previous?.renewTime),
    leaseTransitions: renewal || previous === undefined ? transitions : transitions + 1,
  }
}

/** Followers take a holder for dead whose record does not change, so a renewal differs even if the wall clock stands still. */
function renewTime(now: number, previous: string | undefined): string {
  const time = microTime(now)
  const millisecond = time.slice(0, -MICROS.length)
  if (!previous?.startsWith(millisecond)) return time
  const micros = (Number.parseInt(previous.slice(millisecond.length), 10) + 1) % 1_000
  return `${millisecond}${String(micros).padStart(3, '0')}Z`
}

/** The record of a lease given back. The API server wants a duration above 0. */
export function released(now: number): LeaseSpec {
  return { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: microTime(now), renewTime: microTime(now) }
}

/** Did the holder write between these two? Labels and annotations are other people's. */
export function sameRecord(one: Lease, other: Lease): boolean {
  return JSON.stringify(one.spec) === JSON.stringify(other.spec)
}

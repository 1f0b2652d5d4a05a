import { describe, expect, it } from 'vitest'
import { heldBy, type Lease, type LeaseSpec, released, sameRecord } from './lease.ts'
import { microTime } from './micro-time.ts'

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9, 12)
const me = { identity: 'me', leaseDurationSeconds: 15 }
const held: LeaseSpec = {
  holderIdentity: 'me',
  leaseDurationSeconds: 15,
  acquireTime: '2026-05-06T07:00:00.000000Z',
  renewTime: '2026-05-06T07:08:07.000000Z',
  leaseTransitions: 3,
}

it('microTime has exactly six digits', () => {
  expect(microTime(NOW)).toBe('2026-05-06T07:08:09.012000Z')
})

describe('heldBy', () => {
  it('makes a first record', () => {
    const time = '2026-05-06T07:08:09.012000Z'
    expect(heldBy(me, undefined, NOW)).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    })
  })

  it('renews without touching when and how often it changed hands', () => {
    expect(heldBy(me, held, NOW)).toEqual({ ...held, renewTime: microTime(NOW) })
  })

  it('renews with another time even if the wall clock stands still', () => {
    const times = new Set<string | undefined>()
    let spec = held
    for (let renewal = 0; renewal < 1_000; renewal++) {
      spec = heldBy(me, spec, NOW)
      times.add(spec.renewTime)
    }
    expect(times.size).toBe(1_000)
    expect(spec.renewTime).toBe('2026-05-06T07:08:09.012999Z')
    expect(heldBy(me, spec, NOW).renewTime).toBe(microTime(NOW))
  })

  it.each(['other', ''])('counts a takeover from "%s"', (holderIdentity) => {
    expect(heldBy(me, { ...held, holderIdentity }, NOW)).toMatchObject({
      holderIdentity: 'me',
      leaseTransitions: 4,
      acquireTime: microTime(NOW),
    })
  })
})

it('released frees the lease and leaves the count of transitions alone', () => {
  expect(released(NOW)).toEqual({
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: microTime(NOW),
    renewTime: microTime(NOW),
  })
})

it('sameRecord looks at the spec only', () => {
  const lease = (resourceVersion: string, spec: LeaseSpec): Lease => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l', namespace: 'n', uid: 'u', resourceVersion, creationTimestamp: '2026-05-06T07:00:00Z' },
    spec,
  })
  expect(sameRecord(lease('1', held), lease('2', held))).toBe(true)
  expect(sameRecord(lease('1', held), lease('2', { ...held, renewTime: microTime(NOW) }))).toBe(false)
})

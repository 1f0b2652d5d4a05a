// In which ways the API server can be away, as the operator sees it. (The runtime alone meets real ones in test/faults.)
import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from '../support/intercepting-proxy.ts'
import type { Outage } from './outage.ts'

/** Every call; some reconciles make five. */
const SLOW_MS = 1_000
/** How long a restarted one is not there at all, and then not ready (real time). */
const RESTARTS_MS = 2_000

/** On average. Each watch and each object that is to be written is tried again ever later; the lease is renewed in real time. */
const RETRIES = { findingOut: 400, other: 0 }

/** Who leads has a priority level of its own at an API server that is busy. */
const isLease = ({ path }: Call): boolean => path.includes('/leases')
const isWrite = ({ method }: Call): boolean => method !== 'GET'
const isWatch = ({ query }: Call): boolean => query.includes('watch=')

export const API_SERVER_OUTAGES: readonly Outage[] = [
  {
    name: 'down',
    begin: ({ proxy }) => proxy.shut(),
    end: ({ proxy }) => proxy.open(),
    says: [],
    mostCalls: RETRIES,
  },
  {
    name: 'slow',
    trouble: () => ({ until: sleep(SLOW_MS, undefined, { ref: false }) }),
    says: [],
    mostCalls: RETRIES,
  },
  {
    name: '409 to every write',
    trouble: (call) => (isWrite(call) && !isLease(call) ? status(409, 'Conflict') : undefined),
    says: [],
    mostCalls: RETRIES,
  },
  {
    name: '410 to every watch',
    trouble: (call) => (isWatch(call) ? status(410, 'Expired') : undefined),
    // Connections outlive the beginning of an outage, and so do the watches that they carry.
    begin: ({ proxy }) => proxy.present(),
    says: [],
    mostCalls: RETRIES,
  },
  {
    name: '429 to everything',
    trouble: (call) => (isLease(call) ? undefined : status(429, 'TooManyRequests', { 'retry-after': '1' })),
    says: [],
    mostCalls: RETRIES,
  },
  {
    name: 'restarted',
    async begin({ proxy }) {
      proxy.shut()
      await sleep(RESTARTS_MS)
      await proxy.open()
    },
    trouble: () => status(503, 'ServiceUnavailable'),
    says: [],
    mostCalls: RETRIES,
  },
]

/** As an API server words it. */
function status(code: number, reason: string, headers: Readonly<Record<string, string>> = {}) {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message: reason }
  return {
    answer: { status: code, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
  }
}

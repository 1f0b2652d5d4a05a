// What a client did, counted where it cannot argue: calls by endpoint and answer, connections, concurrency, failed logins.
import type { Socket } from 'node:net'

export interface CountersSnapshot {
  /** `POST /api/ssl/v1/enroll` -> status, or `cut` / `aborted` when no answer was delivered -> times. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Connections that carried at least one call of the API; control calls are not counted anywhere. */
  readonly connections: { readonly accepted: number; readonly open: number; readonly peak: number }
  readonly requests: { readonly inFlight: number; readonly peak: number }
  /** Wrong password or client secret, by login or client id; SCM counts these per admin (seed 004 L11522 failedAttempts). */
  readonly loginFailures: Readonly<Record<string, number>>
  /** Bearer tokens that were unknown or too old. */
  readonly refusedTokens: number
}

export interface Counters {
  begin(socket: Socket): void
  end(endpoint: string, outcome: string): void
  loginFailed(login: string): void
  tokenRefused(): void
  snapshot(): CountersSnapshot
  reset(): void
}

export function createCounters(): Counters {
  const open = new Set<Socket>()
  const calls = new Map<string, Map<string, number>>()
  const logins = new Map<string, number>()
  let accepted = 0
  let peakOpen = 0
  let inFlight = 0
  let peakInFlight = 0
  let refusedTokens = 0

  const increment = (map: Map<string, number>, key: string): void => {
    map.set(key, (map.get(key) ?? 0) + 1)
  }

  return {
    begin(socket) {
      if (!open.has(socket)) {
        open.add(socket)
        accepted += 1
        peakOpen = Math.max(peakOpen, open.size)
        socket.once('close', () => open.delete(socket))
      }
      inFlight += 1
      peakInFlight = Math.max(peakInFlight, inFlight)
    },
    end(endpoint, outcome) {
      inFlight -= 1
      const outcomes = calls.get(endpoint) ?? new Map<string, number>()
      calls.set(endpoint, outcomes)
      increment(outcomes, outcome)
    },
    loginFailed: (login) => increment(logins, login),
    tokenRefused() {
      refusedTokens += 1
    },
    snapshot: () => ({
      calls: Object.fromEntries([...calls].map(([endpoint, outcomes]) => [endpoint, Object.fromEntries(outcomes)])),
      connections: { accepted, open: open.size, peak: peakOpen },
      requests: { inFlight, peak: peakInFlight },
      loginFailures: Object.fromEntries(logins),
      refusedTokens,
    }),
    reset() {
      calls.clear()
      logins.clear()
      accepted = open.size
      peakOpen = open.size
      peakInFlight = inFlight
      refusedTokens = 0
    },
  }
}

// Candidates for one Lease, on a clock that stands still until told and an API server that fails when told.
import { LeaderElector, type LeaderElectorOptions } from '../../src/runtime/leader.ts'
import { createLogger } from '../../src/runtime/log.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeLeases } from './fake-leases.ts'

export function fakeElection() {
  const clock = new FakeClock()
  const server = new FakeLeases()
  const lines: string[] = []
  const statuses: string[] = []
  const log = createLogger({ level: 'debug', format: 'json', destination: { write: (line) => void lines.push(line) } })
  const options = (identity: string): LeaderElectorOptions => ({
    client: server.clientOf(identity),
    fieldManager: 'tests',
    namespace: 'system',
    name: 'lock',
    identity,
    realClock: clock,
    log,
    metrics: {
      leading: (lease, leads) => void statuses.push(`${lease} ${leads}`),
      slowPath: (lease) => void statuses.push(`${lease} was written by somebody else`),
    },
    random: () => 0,
  })
  const elector = (identity: string): LeaderElector => new LeaderElector(options(identity))
  const stop = new AbortController()
  /** Starts acquiring; tells when it has. */
  const campaign = (candidate: LeaderElector) => {
    const state = { acquiredAt: undefined as number | undefined }
    candidate.acquire({ signal: stop.signal }).then(
      () => {
        state.acquiredAt = clock.monotonic()
      },
      () => undefined,
    )
    return state
  }
  return { clock, server, lines, statuses, options, elector, campaign, stop }
}

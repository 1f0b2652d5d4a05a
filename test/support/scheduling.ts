// A scheduler on a clock that moves only when told, and who was granted a turn, in that order.
import { type Limits, Scheduler } from '../../src/runtime/scheduler.ts'
import { FakeClock } from './fake-clock.ts'

export const never = new AbortController().signal

export function setUp(limits: Partial<Limits> = {}) {
  const clock = new FakeClock()
  const scheduler = new Scheduler({ clock, requestsPerSecond: 1_000, concurrentRequests: 1, ...limits })
  const granted: string[] = []
  const releases: (() => void)[] = []
  /** `rank issuer namespace name` */
  const ask = (turn: string, signal = never): Promise<void> => {
    const [rank = '0', issuer = 'i', namespace = 'n'] = turn.split(' ')
    return scheduler.acquire({ rank: Number(rank), issuer, namespace, signal }).then((release) => {
      granted.push(turn)
      releases.push(release)
    })
  }
  /** Releases each turn as soon as it is granted, until nobody waits. */
  const serve = async (): Promise<string[]> => {
    while (scheduler.waiting > 0 || releases.length > 0) {
      await clock.advance(1)
      for (const release of releases.splice(0)) release()
    }
    return granted
  }
  return { clock, scheduler, granted, releases, ask, serve }
}

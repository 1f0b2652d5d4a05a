// Does the operator hold more and more? Told by the process that lived longest: its first third against its last. Pure.
import type { Life, Sample } from './replica.ts'
import { CONCURRENT_REQUESTS, TENANTS } from './tenants.ts'

/** Of one process, from an early third of its life to its last. */
export interface Growth {
  readonly life: Life
  readonly rssMib: readonly [number, number]
  readonly heapMib: readonly [number, number]
  readonly toScm: readonly [number, number]
  readonly toApiServer: readonly [number, number]
}

/** As many as calls under way at most. */
const MOST_TO_SCM = TENANTS.length * CONCURRENT_REQUESTS
/** Calls of 16 workers, watches, and the lease; a pool opens another before it has noticed that one is cut. */
const MOST_TO_API_SERVER = 40
/** Five minutes: compiled code and caches take their time. */
const LEAST_SAMPLES = 60
/** For compiled code and the allocator. An object of some kB that is not let go for each order would be more. */
const MOST_GROWTH_MIB = 24

/** Undefined when no process was looked at often enough to have thirds. */
export function growthOf(lives: readonly Life[]): Growth | undefined {
  const life = lives.toSorted((one, other) => other.samples.length - one.samples.length)[0]
  if (life === undefined || life.samples.length < 3) return undefined
  const third = Math.floor(life.samples.length / 3)
  const ends = [life.samples.slice(0, third), life.samples.slice(-third)] as const
  const compare = (what: keyof Sample, of: (values: readonly number[]) => number): [number, number] => {
    const [first, last] = ends.map((samples) => of(samples.map((sample) => sample[what])))
    return [first ?? 0, last ?? 0]
  }
  return {
    life,
    rssMib: compare('rssMib', median),
    // What is left when it has just been tidied up.
    heapMib: compare('heapMib', (values) => Math.min(...values)),
    toScm: compare('toScm', median),
    toApiServer: compare('toApiServer', median),
  }
}

/** Sentences about what is held and should not be. `heldAtEnd`: by each process that lived then. */
export function leaks(lives: readonly Life[], heldAtEnd: readonly Sample[]): readonly string[] {
  const growth = growthOf(lives)
  const [before, after] = growth?.heapMib ?? [0, 0]
  const isOld = (growth?.life.samples.length ?? 0) >= LEAST_SAMPLES
  return [
    ...(isOld && after - before > MOST_GROWTH_MIB ? [`more is held by ${(after - before).toFixed(1)} MiB`] : []),
    ...heldAtEnd.flatMap(({ toScm, toApiServer }) => [
      ...(toScm > MOST_TO_SCM ? [`${toScm} connections to SCM are open at the end, ${MOST_TO_SCM} are enough`] : []),
      ...(toApiServer > MOST_TO_API_SERVER
        ? [`${toApiServer} connections to the API server are open at the end, ${MOST_TO_API_SERVER} are enough`]
        : []),
    ]),
  ]
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

// Days of an operator in minutes: people make, change and lose Certificates, one trouble follows another on every side, and then a
// calm end, by which everything must have come right.
import { setTimeout as sleep } from 'node:timers/promises'
import { certificateOrders } from '../../../src/api/certificate-order.ts'
import { duration } from '../../cluster/progress.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { chanceOf } from './chance.ts'
import { type Ground, layGround } from './ground.ts'
import { leaks } from './growth.ts'
import { type Evidence, unfinished } from './judgement.ts'
import { Officer } from './officer.ts'
import { People } from './people.ts'
import { type Life, Replica, type Sample } from './replica.ts'
import { isFinal, RequestsSeen } from './requests-seen.ts'
import { certificates, events, secrets } from './resources.ts'
import { allReady, moveIn, TENANTS } from './tenants.ts'
import { ALL_TROUBLES, mend, type Scene, TROUBLES_OF_ONE_LEADER } from './troubles.ts'

export interface SoakReport {
  readonly evidence: Evidence
  readonly lives: readonly Life[]
  /** What each process held in the end. */
  readonly heldAtEnd: readonly Sample[]
  /** By what was done or happened: how often. */
  readonly done: ReadonlyMap<string, number>
  readonly happened: ReadonlyMap<string, number>
  /** Logins that SCM has locked, for they failed too often. */
  readonly lockedLogins: readonly string[]
  /** How long the calm end took. */
  readonly calmMs: number
}

const MS_PER_MINUTE = 60_000
/** Processes and the API server are restarted in the first part; in the rest one process leads and grows old. */
const RESTARTED = 0.5
/** Between two troubles. */
const PAUSES_MS = [1_000, 6_000] as const
const SAMPLE_EVERY_MS = 5_000
/**
 * Until everything has come right: a refused order is sent again after a minute at the latest, cert-manager makes the next
 * request within minutes, and the machine may be slow.
 */
const CALM_MS = 8 * MS_PER_MINUTE
const CALM_LOOKS_EVERY_MS = 1_000
/** The operator's clients close what has been idle for a minute. */
const IDLE_MS = 2 * MS_PER_MINUTE

/** cert-manager's words for it. */
const RENEWING = 'Renewing certificate as renewal was scheduled'

export interface SoakOptions {
  /** Of trouble; the start and the calm end come on top. */
  readonly minutes: number
  readonly seed: number
  readonly log: (line: string) => void
}

export async function soak({ minutes, seed, log }: SoakOptions): Promise<SoakReport> {
  await using ground = await layGround({ log })
  await moveIn(ground)
  await using requests = new RequestsSeen(ground.client)
  await using first = await Replica.start('a', ground)
  await using second = await Replica.start('b', ground)
  const replicas = [first, second] as const
  await allReady(ground)
  const people = new People(ground, chanceOf(seed, 1))
  const officer = new Officer(ground, chanceOf(seed, 2))
  const scene: Scene = { ground, replicas, chance: chanceOf(seed, 3) }
  const happened = new Map<string, number>()

  const whole = new AbortController()
  const trouble = AbortSignal.timeout(minutes * MS_PER_MINUTE)
  const watching = [officer.decide(whole.signal), watch({ scene, requests, happened, log, signal: whole.signal })]
  await people.begin()
  const suffering = suffer({ scene, happened, restartsMs: minutes * MS_PER_MINUTE * RESTARTED, signal: trouble })
  await Promise.all([people.keepBusy(trouble), suffering])
  await mend(scene)
  officer.isKind = true
  await people.stopRenewals()
  log('calm: everything must come right now')
  const calmSince = performance.now()
  let evidence = await gather(ground, requests)
  const comeRight = async (): Promise<boolean> => {
    evidence = await gather(ground, requests)
    return unfinished(evidence).length === 0
  }
  await waitUntil(comeRight, {
    what: 'everything to come right',
    timeoutMs: CALM_MS,
    everyMs: CALM_LOOKS_EVERY_MS,
    // The judgement says better what is wrong.
  }).catch(() => undefined)
  const calmMs = performance.now() - calmSince
  whole.abort()
  await Promise.all(watching)
  const heldAtEnd = await heldWhenIdle(replicas)
  return {
    // Of that very look: cert-manager goes on by itself, with whatever an officer had declined.
    evidence,
    lives: replicas.flatMap(({ lives }) => lives),
    heldAtEnd,
    done: new Map([
      ...people.done,
      ...Object.entries(officer.counts),
      ['renewed by cert-manager because of their age', await renewals(ground)],
    ]),
    happened,
    lockedLogins: await ground.simulator.control.lockedLogins(),
    calmMs,
  }
}

async function suffer(options: {
  readonly scene: Scene
  readonly happened: Map<string, number>
  /** For so long, restarts are among the troubles. */
  readonly restartsMs: number
  readonly signal: AbortSignal
}): Promise<void> {
  const { scene, happened, restartsMs, signal } = options
  const began = performance.now()
  const all = scene.chance.endlessly(ALL_TROUBLES)
  const ofOneLeader = scene.chance.endlessly(TROUBLES_OF_ONE_LEADER)
  while (!signal.aborted) {
    const { value: trouble } = (performance.now() - began < restartsMs ? all : ofOneLeader).next()
    happened.set(trouble.name, (happened.get(trouble.name) ?? 0) + 1)
    await trouble.happen(scene)
    await sleep(scene.chance.between(...PAUSES_MS), undefined, { signal }).catch(() => undefined)
  }
}

/** Looks at the processes, and says how far it is. */
async function watch(options: {
  readonly scene: Scene
  readonly requests: RequestsSeen
  readonly happened: ReadonlyMap<string, number>
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}): Promise<void> {
  const { scene, requests, happened, log, signal } = options
  const began = performance.now()
  while (!signal.aborted) {
    await Promise.all(scene.replicas.map((replica) => replica.sample()))
    const { length: orders } = await scene.ground.simulator.control.orders()
    const all = requests.all()
    const count = (reason: string): number => all.filter((request) => request.reason === reason).length
    const open = all.filter((request) => !request.isGone && !isFinal(request)).length
    const troubles = [...happened.values()].reduce((sum, times) => sum + times, 0)
    log(
      `${duration(performance.now() - began)}: ${orders} orders, ${count('Issued')} issued, ${count('Failed')} failed, ` +
        `${open} open, ${troubles} troubles (${[...happened.keys()].at(-1) ?? 'none yet'})`,
    )
    await sleep(SAMPLE_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** What each process holds, looked at until it is no more than may stay. */
async function heldWhenIdle(replicas: readonly Replica[]): Promise<readonly Sample[]> {
  let held: readonly Sample[] = []
  const isIdle = async (): Promise<boolean> => {
    await Promise.all(replicas.map((replica) => replica.sample()))
    held = replicas.flatMap(({ lives }) => lives.at(-1)?.samples.at(-1) ?? [])
    return leaks([], held).length === 0
  }
  // The judgement names what stays.
  await waitUntil(isIdle, { what: 'connections to be closed', timeoutMs: IDLE_MS }).catch(() => undefined)
  return held
}

/**
 * In the order in which one thing leads to another, backwards: a request fails after its order has ended, and an order is made after
 * its record. So nothing is missed that is there already.
 */
async function gather({ client, simulator }: Ground, seen: RequestsSeen): Promise<Evidence> {
  const requests = seen.all()
  const orders = await simulator.control.orders()
  const inAll = TENANTS.map(async ({ namespace }) => {
    const [records, wanted, kept] = await Promise.all([
      client.list(certificateOrders, { namespace }),
      client.list(certificates, { namespace }),
      client.list(secrets, { namespace }),
    ])
    return {
      records: records.items,
      certificates: wanted.items.map((certificate) => ({
        certificate,
        secret: kept.items.find(({ metadata }) => metadata.name === certificate.spec.secretName),
      })),
    }
  })
  const found = await Promise.all(inAll)
  return {
    requests,
    orders,
    records: found.flatMap(({ records }) => records),
    certificates: found.flatMap((one) => one.certificates),
  }
}

/** cert-manager's recorder leaves some out of many. */
async function renewals({ client }: Ground): Promise<number> {
  const lists = await Promise.all(TENANTS.map(({ namespace }) => client.list(events, { namespace })))
  return lists
    .flatMap(({ items }) => items)
    .filter(({ message = '' }) => message.includes(RENEWING))
    .reduce((sum, { count = 1 }) => sum + count, 0)
}

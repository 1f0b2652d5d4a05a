// One outage from before it to after it: orders in every stage when it begins, requests made while it lasts, and what became of all.
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../cluster/wait-until.ts'
import type { Place } from '../e2e/own-release/scene.ts'
import type { Call, Trouble } from '../support/intercepting-proxy.ts'
import type { Outage, Site } from './outage.ts'
import { allIssued, ask, LOOK, readyConditions, type Verdict, verdictOn } from './requests.ts'

export interface Scenario extends Site {
  /** How long it lasts, unless those who wait need longer to be told (real time). */
  readonly lastsMs: number
  /** Requests made while it lasts. */
  readonly waiting: number
  /** Called right before it begins, and right before it ends. */
  begins(): Promise<void>
  ends(): Promise<void>
}

export interface Outcome extends Verdict {
  /** Wall clock, milliseconds. */
  readonly began: number
  readonly ended: number
  readonly recovered: number
  /** When calls came to SCM, if they came at all (wall clock, in order). */
  readonly arrivals: readonly number[]
}

/** Longer than any outage here. */
const DAY_MS = 86_400_000
/** At a time: a tenant's burst, without a pile of connections. */
const MADE_AT_ONCE = 10

export async function run(outage: Outage, scenario: Scenario): Promise<Outcome> {
  const { place, proxy, waiting, lastsMs } = scenario
  const { scm, control } = place.tenant
  const arrivals: number[] = []
  const meetAtScm = (trouble: (call: Call) => Trouble | undefined): void =>
    scm.meet((call) => {
      arrivals.push(Date.now())
      return trouble(call)
    })
  const troubleAtScm = (call: Call): Trouble | undefined => (proxy === scm ? outage.trouble?.(call) : undefined)
  await setOut(place)
  const begun = Promise.withResolvers<void>()
  const inFlight = catchInFlight(troubleAtScm, begun.promise)
  meetAtScm(inFlight.meets)
  await Promise.all(IN_FLIGHT.map((name) => ask(place, name)))
  await waitUntil(inFlight.complete, { what: 'calls to be under way', ...LOOK })

  await scenario.begins()
  const began = Date.now()
  meetAtScm(troubleAtScm)
  if (proxy !== scm) proxy.meet((call) => outage.trouble?.(call))
  await outage.begin?.(scenario)
  begun.resolve()
  const over = sleep(lastsMs)
  for (let made = 0; made < waiting; made += MADE_AT_ONCE) {
    const some = Array.from({ length: Math.min(MADE_AT_ONCE, waiting - made) }, (_, n) => `waiting-${made + n}`)
    await Promise.all(some.map((name) => ask(place, name)))
  }
  for (const { id, status } of await control.orders()) if (status !== 'Issued') await control.issue(id)
  await over
  await allTold(place, outage.says)
  await scenario.ends()

  const ended = Date.now()
  meetAtScm(() => undefined)
  if (proxy !== scm) proxy.meet(() => undefined)
  await outage.end?.(scenario)
  await ask(place, 'after')
  await allIssued(place)
  const recovered = Date.now()
  return { ...(await verdictOn(place)), began, ended, recovered, arrivals }
}

/** Waits until every request that is not Issued says one of the words. */
async function allTold(place: Place, words: readonly string[]): Promise<void> {
  if (words.length === 0) return
  let others: readonly string[] = []
  const told = async (): Promise<boolean> => {
    const open = [...(await readyConditions(place)).values()].filter((ready) => ready?.reason !== 'Issued')
    const said = open.map((ready) => `${ready?.reason ?? 'nothing'}: ${ready?.message ?? ''}`)
    others = said.filter((one) => !words.some((word) => one.includes(word)))
    return others.length === 0
  }
  await waitUntil(told, { what: `all to be told: ${words}`, ...LOOK }).catch((cause) => {
    throw new Error(`${others.length} say something else, as ${others[0]}`, { cause })
  })
}

/** An order that SCM works on, and that is looked at. */
async function setOut(place: Place): Promise<void> {
  const { control } = place.tenant
  await control.patchSettings({ issueDelayMs: DAY_MS })
  await ask(place, 'polling')
  const followed = async (): Promise<boolean> =>
    (await readyConditions(place)).get('polling')?.message.includes('is "') === true
  await waitUntil(followed, { what: 'an order to be followed', ...LOOK })
  await control.patchSettings({ issueDelayMs: 0 })
}

/** Two enrolments that are under way when the outage begins, of which one has reached SCM, and a collection. */
const IN_FLIGHT = ['stored', 'lost', 'collecting'] as const

/** They get the answer that calls get in the outage. */
function catchInFlight(trouble: (call: Call) => Trouble | undefined, until: Promise<void>) {
  const caught = new Set<string>()
  const meets = (call: Call): Trouble | undefined => {
    const name = nameOf(call)
    if (name === undefined) return undefined
    caught.add(name)
    const { answer } = trouble(call) ?? {}
    if (answer === undefined) return { until, performed: true }
    // Whoever is told that there were too many calls has not been served.
    const servable = answer === 'reset' || answer.status !== 429
    return { until, answer, performed: name === 'stored' && servable }
  }
  return { meets, complete: async () => caught.size === IN_FLIGHT.length }
}

/** Enrolments name their request in their comments; nothing else is collected. */
function nameOf({ method, path, body }: Call): string | undefined {
  if (path.includes('/collect/')) return 'collecting'
  const isEnrolment = method === 'POST' && path.endsWith('/enroll')
  return isEnrolment ? ['stored', 'lost'].find((name) => body.includes(`/${name}`)) : undefined
}

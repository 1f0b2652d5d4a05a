// SCM or the API server away, in every way in which they can be: afterwards every request is Issued, none was Failed and none has two
// orders; meanwhile what is away is hardly called, whoever waits is told why, and who has another login notices nothing.
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { API_SERVER_OUTAGES } from './api-server-outages.ts'
import { mostWithin, perStretch } from './calls.ts'
import { type Neighbour, startNeighbour } from './neighbour.ts'
import type { Outage } from './outage.ts'
import { LOOK } from './requests.ts'
import { type Outcome, run } from './scenario.ts'
import { type Crew, callsTo, metric, type Scene, setScene } from './scene.ts'
import { SCM_OUTAGES } from './scm-outages.ts'
import { outageTable, type Row } from './table.ts'

const { OUTAGES_SCALE = '30', OUTAGES_MINUTES = '5', OUTAGES_WAITING = '4', OUTAGES_CROWD = '40' } = process.env
const timeScale = Number(OUTAGES_SCALE)
const waiting = Number(OUTAGES_WAITING)
const minuteMs = 60_000 / timeScale
const lastsMs = Number(OUTAGES_MINUTES) * minuteMs

/** A crowd's calls come at this rate in real time, which this machine can do, and at no higher one than the default. */
const PACE_PER_SECOND = 30
const limits = { requestsPerSecond: Math.min(5, PACE_PER_SECOND / timeScale), concurrentRequests: 4 }

/** So many requests of a neighbour's say how it fares. */
const SAMPLE = 5
/** What chance may add, real milliseconds: a call that is waited for would add 30 s. */
const CHANCE_MS = 5_000

const rows: Row[] = []
let scene: Scene
let crew: Crew
/** At the operator that meets the outages, and at one that meets none while the machine is as busy. */
let neighbour: Neighbour
let farAway: Neighbour

beforeAll(async () => {
  scene = await setScene({ timeScale, lastsMs })
  crew = await scene.crew(SCM_OUTAGES.length + 2)
  neighbour = startNeighbour(await crew.place())
  farAway = startNeighbour(await (await scene.crew(1)).place())
})
afterAll(async () => {
  process.stdout.write(`\n${outageTable(rows)}\n`)
  await Promise.all([neighbour.stop(), farAway.stop()])
  await scene[Symbol.asyncDispose]()
})

const ALL_ISSUED = { failed: 0, doubled: 0 }

function judge({ expect }: TestContext, outcome: Outcome, calls: readonly number[], { mostCalls }: Outage): void {
  const { requests } = outcome
  expect.soft(outcome).toMatchObject({ ...ALL_ISSUED, issued: requests, orders: requests })
  const [most = 0, next = 0] = calls.toSorted((a, b) => b - a)
  expect.soft(most, `calls per minute: ${calls}`).toBeLessThanOrEqual(mostCalls.findingOut)
  expect.soft(next, `calls per minute: ${calls}`).toBeLessThanOrEqual(mostCalls.other)
}

/** At the operator that all outages of SCM share. */
async function scmAway(
  outage: Outage,
  context: TestContext,
  { requests = waiting, ...options }: { requests?: number; limits?: object } = {},
) {
  const place = await crew.place({ ...options, host: outage.host })
  const state = `state="${outage.login}"`
  let began = 0
  const outcome = await run(outage, {
    place,
    proxy: place.tenant.scm,
    namesLost: scene.namesLost,
    lastsMs,
    waiting: requests,
    async begins() {
      began = Date.now()
    },
    async ends() {
      const shown = async (): Promise<boolean> => (await metric(crew.actor, 'certwright_scm_logins', state)) > 0
      await waitUntil(shown, { what: `the metric to show ${state}`, ...LOOK })
      await Promise.all([neighbour, farAway].map((one) => one.served(SAMPLE, began)))
    },
  })
  const [from, to] = [began, outcome.ended]
  const calls = perStretch(callsTo(place, crew.actor), { from, to, everyMs: minuteMs })
  const neighbourMs = neighbour.usual({ from, to })
  const farAwayMs = farAway.usual({ from, to })
  const { expect } = context
  rows.push({ outage: outage.name, ...outcome, calls, neighbourMs, farAwayMs, timeScale })
  judge(context, outcome, calls, outage)
  expect.soft(neighbourMs).toBeLessThanOrEqual(2 * farAwayMs + CHANCE_MS)
  // SCM counts failed logins, and locks accounts.
  expect.soft(await place.tenant.control.lockedLogins()).toEqual([])
  return outcome
}

describe.concurrent('SCM away', () => {
  it.for(SCM_OUTAGES)('$name', async (outage, context) => {
    await scmAway(outage, context)
  })

  it('and a crowd waiting for it: it is called no more than by one, and the crowd is served at the pace of the limits', async (context) => {
    const outage = SCM_OUTAGES.find(({ name }) => name.startsWith('503')) as Outage
    const { arrivals, ended } = await scmAway({ ...outage, name: `${outage.name}, and a crowd` }, context, {
      requests: Number(OUTAGES_CROWD),
      limits,
    })
    const rate = limits.requestsPerSecond * timeScale
    const burst = Math.max(1, limits.requestsPerSecond)
    const most = mostWithin(
      arrivals.filter((at) => at >= ended),
      1_000,
    )
    // Those under way may arrive together.
    context.expect(most).toBeLessThanOrEqual(1.1 * rate + burst + limits.concurrentRequests)
  })
})

describe.concurrent('the API server away', () => {
  it.for(API_SERVER_OUTAGES)('$name', async (outage, context) => {
    const { actor, place: newPlace } = await scene.crew(1)
    const place = await newPlace()
    const made = (): Promise<number> => metric(actor, 'rest_client_requests_total')
    let [before, after] = [0, 0]
    const outcome = await run(outage, {
      place,
      proxy: actor.apiServer,
      namesLost: scene.namesLost,
      lastsMs,
      waiting,
      async begins() {
        before = await made()
      },
      async ends() {
        after = await made()
      },
    })
    const calls = [Math.round(((after - before) * minuteMs) / (outcome.ended - outcome.began))]
    rows.push({ outage: `API server: ${outage.name}`, ...outcome, calls, timeScale })
    judge(context, outcome, calls, outage)
  })
})

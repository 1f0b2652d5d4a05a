// What a certificate costs that takes its time: writes to Kubernetes, by the API server's audit log, and calls to SCM, by its own
// counters. The one that is issued at once is counted in test/e2e/issuance.test.ts.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Operator } from '../../cluster/operator.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { LATE_MS } from './asked.ts'
import { installOwnRelease, type OwnRelease, showLogsOnFailure } from './own-release.ts'
import { isIssued, spendingIn } from './spending.ts'

/** An hour is 15 s; the minute after which an order is looked at again at the latest, 250 ms. */
const timeScale = 240
const LOOKS = 60
/** Those that come sooner than a minute after the one before: 2, 4, 8, 16, 32 s. */
const FIRST_LOOKS = 6
/** Looks are spread by a tenth, so that those of many orders do not come together. */
const SHORTEST_PAUSE_MS = 0.9 * 60_000

let release: OwnRelease
let operator: Operator
beforeAll(async () => {
  release = await installOwnRelease('counted')
  operator = await release.operator({ timeScale })
})
afterAll(() => release.uninstall())

const saying =
  (state: string) =>
  (word: string): boolean =>
    word.includes(`is "${state}"`)

/** For orders; issuers are checked by other calls. */
async function callsToSCM() {
  const { calls } = await release.simulator.control.counters()
  const times = (endpoint: string): number => Object.values(calls[endpoint] ?? {}).reduce((sum, each) => sum + each, 0)
  return {
    orders: times('POST /api/ssl/v1/enroll'),
    looks: times('GET /api/ssl/v1/:id'),
    fetches: times('GET /api/ssl/v1/collect/:id'),
    searches: times('GET /api/ssl/v1') + times('POST /api/report/v1/ssl-certificates'),
  }
}

it('costs two writes for each state that an order passes, and a look a minute but no write while it stays in one', async () => {
  showLogsOnFailure(operator)
  const { control } = release.simulator
  const namespace = await release.readyIssuer('slow')
  const spending = spendingIn(release, namespace)
  const written = async (): Promise<number> =>
    Object.values(await spending.writes()).reduce((sum, times) => sum + times, 0)
  await control.patchSettings({ approval: 'manual', issueDelayMs: 4_000 })
  await spending.ask(['slow'])
  await spending.settled([[1, saying('Requested')]])
  // The record, its id, and what it waits for, on the record and on the request.
  expect(await written()).toBe(4)

  const begun = performance.now()
  const { looks } = await callsToSCM()
  const manyLooks = async (): Promise<boolean> => (await callsToSCM()).looks >= looks + LOOKS
  await waitUntil(manyLooks, { what: `${LOOKS} looks at the order`, timeoutMs: LATE_MS })
  const waitedMs = (performance.now() - begun) * timeScale
  expect(waitedMs).toBeGreaterThan((LOOKS - FIRST_LOOKS) * SHORTEST_PAUSE_MS)
  expect(await written()).toBe(4)

  const [order] = await spending.orders()
  await control.setStatus(order?.id ?? 0, 'SA Approved')
  await spending.settled([[1, saying('SA Approved')]])
  await control.approve(order?.id ?? 0)
  await spending.settled([[1, isIssued]])
  const done = async (): Promise<boolean> => (await spending.writes())['create events'] === 1
  await waitUntil(done, { what: 'the event, which is written last', timeoutMs: LATE_MS })
  const passed = statesIn(operator.logs())
  expect(passed).toEqual(expect.arrayContaining(['Requested', 'SA Approved', 'Applied']))
  // Five for one that is issued at once, and two for each state before that.
  expect(await written()).toBe(5 + 2 * passed.length)
  expect(await callsToSCM()).toMatchObject({ orders: 1, fetches: 1, searches: 0 })
})

/** Of orders, as requests were told. */
function statesIn(logs: readonly string[]): readonly string[] {
  const told = logs.flatMap((line) => /^Order \d+ is "([^"]+)"/.exec(messageOf(line))?.[1] ?? [])
  return [...new Set(told)]
}

function messageOf(line: string): string {
  const { msg } = JSON.parse(line) as { msg: string }
  return msg
}

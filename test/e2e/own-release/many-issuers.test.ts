// What hundreds of issuers cost an SCM and an API server: one watch for each kind, one answer for all issuers of a login,
// checks that are spread over time, and no more connections than a few. For a thousand: test/bench/issuers.ts.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { KubeClient } from '../../../src/kube/client.ts'
import { loadKubeConnection } from '../../../src/kube/config.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { type Simulator, startSimulator } from '../../simulators/sectigo/simulator.ts'
import { callsOf } from '../../support/audit.ts'
import { makeManyIssuers, readyIssuers } from '../../support/many-issuers.ts'
import { LATE_MS } from './asked.ts'
import { installOwnRelease, type OwnRelease, showLogsOnFailure } from './own-release.ts'

/** A minute is a second, so the ten minutes between two checks are ten. */
const timeScale = 60
const MINUTE_MS = 60_000 / timeScale
/** Of one login, and of as many. */
const SHARED = 150
const SINGLE = 50
/** Of an issuer of organization, API checkbox, profile, custom fields and password. */
const QUESTIONS = 5
/** Between two checks of an issuer at least: ten, and a tenth less. */
const LEAST_BETWEEN_MINUTES = 9
/** In which every issuer is checked again at least once: ten, and a tenth more. */
const WATCHED_MINUTES = 12
/** Checked at a time, each by one call after the other. */
const WORKERS = 16

let release: OwnRelease
let sharing: Simulator
beforeAll(async () => {
  sharing = await startSimulator()
  release = await installOwnRelease('many', { hosts: [new URL(sharing.origin).host] })
})
afterAll(async () => {
  await release.uninstall()
  await sharing.close()
})

/** Of issuers that have a login each, in so many minutes. */
const mostOfSingle = (minutes: number): number => SINGLE * QUESTIONS * Math.ceil(minutes / LEAST_BETWEEN_MINUTES)

/**
 * Of those that share one. A question that was asked before a check was wanted does not answer it, and all are wanted at the start;
 * after that, what was told within half a minute is not asked again.
 */
const mostOfShared = (minutes: number): number => 2 * QUESTIONS * (minutes < LEAST_BETWEEN_MINUTES ? 1 : minutes + 1)

async function callsTo({ control }: Simulator): Promise<number> {
  const { calls } = await control.counters()
  return Object.values(calls)
    .flatMap((answers) => Object.values(answers))
    .reduce((sum, times) => sum + times, 0)
}

it(`${SHARED} issuers of one login and ${SINGLE} of as many are checked without a crowd anywhere`, async () => {
  const { world, operatorClass, simulator: single } = release
  const connection = await loadKubeConnection({ kubeconfig: world.cluster.kubeconfig })
  const client = new KubeClient({ connection, userAgent: 'certwright-many' })
  const many = { perNamespace: 10, spec: { operatorClass } }
  const places = (
    await Promise.all([
      makeManyIssuers(
        { client, simulator: sharing },
        { ...many, issuers: SHARED, logins: 1, prefix: `shared-${operatorClass}` },
      ),
      makeManyIssuers(
        { client, simulator: single },
        { ...many, issuers: SINGLE, logins: SINGLE, prefix: `single-${operatorClass}` },
      ),
    ])
  ).flat()
  const started = performance.now()
  const operator = await release.operator({ timeScale })
  showLogsOnFailure(operator)
  const allReady = async (): Promise<boolean> => (await readyIssuers(client, places)) === SHARED + SINGLE
  await waitUntil(allReady, { what: 'all issuers to be Ready', timeoutMs: LATE_MS })
  const asked = { sharing: await callsTo(sharing), single: await callsTo(single) }
  // A loaded machine may take so long that the first are checked again.
  const startMinutes = (performance.now() - started) / MINUTE_MS
  expect(asked.single).toBeGreaterThanOrEqual(SINGLE * QUESTIONS)
  expect(asked.single).toBeLessThanOrEqual(mostOfSingle(startMinutes))
  expect(asked.sharing).toBeLessThanOrEqual(mostOfShared(startMinutes))
  expect((await single.control.counters()).requests.peak).toBeLessThanOrEqual(WORKERS)

  const [before, begun] = [{ sharing: await callsTo(sharing), single: await callsTo(single) }, performance.now()]
  const passed = (): number => (performance.now() - begun) / MINUTE_MS
  const checkedAgain = async (): Promise<boolean> => (await callsTo(single)) - before.single >= SINGLE * QUESTIONS
  await waitUntil(async () => passed() >= WATCHED_MINUTES && checkedAgain(), { what: 'checks', timeoutMs: LATE_MS })
  const [shared, alone, minutes] = [await callsTo(sharing), await callsTo(single), passed()]
  expect(shared - before.sharing).toBeLessThanOrEqual(mostOfShared(minutes))
  expect(alone - before.single).toBeLessThanOrEqual(mostOfSingle(minutes))
  for (const simulator of [sharing, single]) {
    const { connections, requests } = await simulator.control.counters()
    expect(connections.peak).toBeLessThanOrEqual(simulator === sharing ? 4 + 1 : SINGLE * 2)
    expect(requests.peak).toBeLessThanOrEqual(WORKERS)
  }

  const calls = await callsOf(world.cluster, { namespace: release.namespace, name: `${release.name}-certwright` })
  const watches = calls.filter(({ verb, stage }) => verb === 'watch' && stage === 'ResponseStarted')
  const watched = watches.map(({ objectRef }) => `${objectRef?.resource} ${objectRef?.namespace ?? ''}`.trim())
  expect(new Set(watched)).toEqual(
    new Set([
      'certificaterequests',
      'namespaces',
      'certificateorders',
      'sectigoissuers',
      'sectigoclusterissuers',
      `secrets ${release.namespace}`,
    ]),
  )
  // Our own status writes, one for each issuer, and none while nothing changes.
  const writes = calls.filter(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'sectigoissuers')
  expect(writes).toHaveLength(SHARED + SINGLE)
  await connection.close()
})

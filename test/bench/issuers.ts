// Measures what many issuers cost: until all are Ready, and while nothing changes.
//
//   node test/bench/issuers.ts [issuers] [logins] [minutes]     (default: 1000 issuers of 1 login, watched for 12 minutes)
//
// Time runs ten times as fast, for limits as for waits: what is told a minute, and the minutes, are the operator's.

import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { residentMiB } from '../cluster/memory.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { startSimulator } from '../simulators/sectigo/simulator.ts'
import { callsOf } from '../support/audit.ts'
import { imageFlags } from '../support/image-flags.ts'
import { installChart, runOperator } from '../support/install.ts'
import { makeManyIssuers, readyIssuers } from '../support/many-issuers.ts'
import { build } from '../tools/build.ts'

const TARGET = { release: 'bench', namespace: 'bench' }
const TIME_SCALE = 10
const MINUTE_MS = 60_000 / TIME_SCALE
const TIMEOUT_MS = 30 * 60_000

const log = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(issuers: number, logins: number, minutes: number): Promise<void> {
  await build()
  const [cluster, simulator] = await Promise.all([startCluster({ log }), startSimulator()])
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig })
  try {
    const client = new KubeClient({ connection, userAgent: 'bench' })
    await installChart({ cluster, ...TARGET, allowedHost: new URL(simulator.origin).host })
    const places = await makeManyIssuers({ client, simulator }, { issuers, logins, perNamespace: 20, prefix: 'many' })
    const begun = performance.now()
    const operator = await runOperator(
      { cluster, ...TARGET },
      { timeScale: TIME_SCALE, env: { NODE_OPTIONS: imageFlags() } },
    )
    const minutesSince = (start: number): string => ((performance.now() - start) / MINUTE_MS).toFixed(1)
    const scmCalls = async (): Promise<number> => {
      const { calls } = await simulator.control.counters()
      return Object.values(calls).reduce((sum, each) => sum + Object.values(each).reduce((a, b) => a + b, 0), 0)
    }
    const serviceAccount = { namespace: TARGET.namespace, name: 'bench-certwright' }
    log(`${issuers} issuers, ${logins} logins: the process is ready after ${Math.round(performance.now() - begun)} ms`)
    await waitUntil(async () => (await readyIssuers(client, places)) === issuers, {
      what: 'all issuers to be Ready',
      timeoutMs: TIMEOUT_MS,
      everyMs: 500,
    })
    log(`all Ready after ${minutesSince(begun)} min and ${await scmCalls()} calls to SCM`)
    log(`memory: ${await residentMiB(operator.pid)} MiB`)

    const steady = performance.now()
    let most = 0
    let before = await scmCalls()
    const first = before
    const callsBefore = (await callsOf(cluster, serviceAccount)).length
    for (let minute = 1; minute <= minutes; minute++) {
      const over = (): Promise<boolean> => Promise.resolve(performance.now() - steady >= minute * MINUTE_MS)
      await waitUntil(over, { what: 'a minute', timeoutMs: TIMEOUT_MS })
      const now = await scmCalls()
      most = Math.max(most, now - before)
      before = now
    }
    const { connections, requests } = await simulator.control.counters()
    log(`calls to SCM: ${((before - first) / minutes).toFixed(1)} a minute, at most ${most}`)
    log(
      `connections to SCM: at most ${connections.peak}, now ${connections.open}; calls at a time: at most ${requests.peak}`,
    )
    const calls = await callsOf(cluster, serviceAccount)
    log(`calls to the API server: ${((calls.length - callsBefore) / minutes).toFixed(1)} a minute`)
    const watched = new Set(calls.filter(({ verb }) => verb === 'watch').map(({ objectRef }) => objectRef?.resource))
    log(`watched: ${[...watched].join(', ')}`)
    log(`memory: ${await residentMiB(operator.pid)} MiB`)
    await operator.stop()
  } finally {
    await connection.close()
    await cluster.stop()
    await simulator.close()
  }
}

const [issuers = 1_000, logins = 1, minutes = 12] = process.argv.slice(2).map(Number)
await main(issuers, logins, minutes)

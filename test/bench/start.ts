// Measures how long the operator takes from the start of its process until it is ready, and until it leads.
//
//   node test/bench/start.ts [runs]     (npm run build first; the bar is 2 s until ready, with a warm file cache)
import { statusOf } from '../cluster/http-probe.ts'
import { startOperator } from '../cluster/operator.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { installChart } from '../support/install.ts'
import { build } from '../tools/build.ts'

const RUNS = 10
/** Fine enough for a bar of 2 s, rare enough not to slow the process that is measured. */
const LOOK_EVERY_MS = 10
const TIMEOUT_MS = 60_000
const TARGET = { release: 'bench', namespace: 'bench' }

/** Milliseconds; the first run, whose files are cold, is told apart. */
interface Start {
  readonly ready: number
  readonly leading: number
}

const log = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(runs: number): Promise<void> {
  await build()
  const cluster = await startCluster({ log })
  try {
    await installChart({ cluster, ...TARGET, allowedHost: 'localhost' })
    const starts: Start[] = []
    for (let run = 0; run <= runs; run++) starts.push(await measure(cluster))
    const [cold, ...warm] = starts
    log(`cold: ready after ${cold?.ready} ms, leading after ${cold?.leading} ms`)
    log(`warm, ${warm.length} runs: ready ${spread(warm.map(({ ready }) => ready))}`)
    log(`warm, ${warm.length} runs: leading ${spread(warm.map(({ leading }) => leading))}`)
  } finally {
    await cluster.stop()
  }
}

async function measure(cluster: Parameters<typeof startOperator>[0]['cluster']): Promise<Start> {
  const operator = await startOperator({ cluster, ...TARGET })
  const started = performance.now()
  const after = async (what: string, ask: () => Promise<boolean>): Promise<number> => {
    await waitUntil(ask, { what, timeoutMs: TIMEOUT_MS, everyMs: LOOK_EVERY_MS })
    return Math.round(performance.now() - started)
  }
  try {
    const ready = await after('ready', async () => (await statusOf(`${operator.healthUrl}/readyz`)) === 200)
    const leading = await after('leading', async () =>
      operator.logs().some((line) => line.includes('this process leads')),
    )
    return { ready, leading }
  } finally {
    await operator.stop()
  }
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [least, median, most] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map((index) => sorted[index])
  return `after ${median} ms (median; ${least} to ${most})`
}

await main(Number(process.argv[2] ?? RUNS))

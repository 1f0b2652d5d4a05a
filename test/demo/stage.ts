// All that has to run before there is something to see, each with what ends it.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cluster } from '../cluster/cluster.ts'
import type { Operator } from '../cluster/operator.ts'
import { startCluster } from '../cluster/start.ts'
import { type Simulator, startSimulator } from '../simulators/sectigo/simulator.ts'
import { aimedAt } from '../support/aim.ts'
import { installChart, runOperator } from '../support/install.ts'
import { build } from '../tools/build.ts'
import { root } from '../tools/root.ts'
import { onScreen, withDefaults } from './commands.ts'
import type { Screen } from './screen.ts'

const RELEASE = { release: 'certwright', namespace: 'certwright' }
const MANIFESTS = fileURLToPath(new URL('manifests', import.meta.url))

/** Long enough to see orders under way, and over when the operator looks again (after 2 s, less a tenth of jitter). */
const ISSUE_DELAY_MS = 1_700

/** What runs so far; for whoever has to explain why it goes no further. */
export interface Stage {
  cluster?: Cluster
  operator?: Operator
}

export interface SetUp {
  /** Commands end when the demo does. */
  readonly cluster: Cluster
  /** The same cluster, its commands shown. Manifests are files of the folder they run in. */
  readonly shown: Cluster
  readonly simulator: Simulator
  /** Where they are. */
  readonly manifests: string
  /** A kubectl command for the end, in a cluster that was there before and stays. */
  undoLater(args: readonly string[]): void
}

export interface SetUpOptions {
  readonly screen: Screen
  /** Filled as parts start. */
  readonly stage: Stage
  /** Ends, in reverse, what was started. */
  readonly started: AsyncDisposableStack
  readonly ending: AbortController
}

export async function setUp({ screen, stage, started, ending }: SetUpOptions): Promise<SetUp> {
  const { signal } = ending
  screen.step('Build the operator, start Kubernetes and cert-manager')
  screen.note(`built ${relative(root, await build())}`)
  const plain = await startCluster({ log: screen.note, signal })
  started.defer(() => plain.stop())
  stage.cluster = plain
  const manifests = join(plain.folder, 'manifests')
  const cluster = withDefaults(plain, { signal, cwd: manifests })
  const shown = onScreen(cluster, screen)
  await mkdir(manifests)
  await shown.kubectl(['version'])

  screen.step('Start a simulator of Sectigo Certificate Manager (SCM)')
  const simulator = started.use(await startSimulator({ settings: { issueDelayMs: ISSUE_DELAY_MS } }))
  screen.note(`${simulator.url}, with a root and an intermediate CA; an order takes ${ISSUE_DELAY_MS / 1000} s there`)
  await writeManifests(manifests, simulator)
  screen.note(`manifests below: those of ${relative(root, MANIFESTS)}, with the simulator's addresses and CA`)

  screen.step('Install Certwright with Helm')
  await installChart({ ...RELEASE, cluster: shown, allowedHost: new URL(simulator.origin).host })
  const stays = plain.provider === 'kubeconfig'
  if (stays)
    started.defer(async () => void (await plain.helm(['uninstall', RELEASE.release, '--namespace', RELEASE.namespace])))
  const operator = await runOperator({ ...RELEASE, cluster }, { extraArgs: ['--log-format=text'] })
  stage.operator = operator
  void operator.exitCode.then((code) => ending.abort(new Error(`the operator ended with exit code ${code}`)))
  started.defer(async () => void (await operator.stop()))
  screen.note(
    "The operator is ready. It runs on this machine with its Pod's ServiceAccount, arguments and environment.",
  )
  return {
    cluster,
    shown,
    simulator,
    manifests,
    undoLater(args) {
      if (stays) started.defer(async () => void (await plain.kubectl(args, { cwd: manifests })))
    },
  }
}

async function writeManifests(folder: string, simulator: Simulator): Promise<void> {
  for (const name of await readdir(MANIFESTS)) {
    const manifest = await readFile(join(MANIFESTS, name), 'utf8')
    await writeFile(join(folder, name), aimedAt(simulator, manifest))
  }
}

// npm run demo: a real Kubernetes API server with cert-manager, a simulator of SCM, Certwright installed by its chart, and
// certificates from the Certificate resource to a chain that openssl accepts. Exit code 0 means that all of it happened.
import { once } from 'node:events'
import { duration } from '../cluster/progress.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import {
  certificatesOf,
  type Ordered,
  ordersUnderWay,
  requestsWithRecords,
  untilReady,
  verify,
} from './certificates.ts'
import { explainFailure, wordsOf } from './failure.ts'
import { createScreen, type Screen } from './screen.ts'
import { type SetUp, type Stage, setUp } from './stage.ts'

const USAGE = `usage: npm run demo [-- --keep]
  --keep  leaves everything running until Ctrl-C, and says what to try`

const NAMESPACES = ['shop', 'factory']

/** Far longer than a loaded machine needs until every order is placed. */
const UNDER_WAY_MS = 60_000

interface Ready extends Ordered {
  /** From `kubectl apply` to Ready. */
  readonly tookMs: number
}

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--keep')
  if (unknown !== undefined) {
    const asked = unknown === '--help'
    ;(asked ? process.stdout : process.stderr).write(`${USAGE}\n`)
    return asked ? 0 : 2
  }
  const interrupted = new AbortController()
  // More than once is normal: a terminal tells every process of ours, and they tell each other.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))
  const screen = createScreen()
  try {
    await demo({ screen, keep: args.includes('--keep'), interrupted: interrupted.signal })
    return 0
  } catch (error) {
    screen.bad(`\nThe demo failed: ${wordsOf(interrupted.signal.aborted ? interrupted.signal.reason : error)}`)
    return 1
  }
}

interface DemoOptions {
  readonly screen: Screen
  readonly keep: boolean
  readonly interrupted: AbortSignal
}

interface Signals {
  /** By a person. */
  readonly interrupted: AbortSignal
  /** By a person, or because a part ended. */
  readonly ending: AbortSignal
}

async function demo({ screen, keep, interrupted }: DemoOptions): Promise<void> {
  const ending = new AbortController()
  interrupted.addEventListener('abort', () => ending.abort(interrupted.reason))
  const start = performance.now()
  const stage: Stage = {}
  {
    await using started = new AsyncDisposableStack()
    try {
      screen.title('Certwright: Sectigo certificates through cert-manager')
      const all = await setUp({ screen, stage, started, ending })
      await makeIssuers(all, screen)
      const certificates = await orderCertificates(all, screen, ending.signal)
      await checkCertificates(all, certificates, screen)
      if (keep) await keepRunning(all, screen, { interrupted, ending: ending.signal })
      screen.step('Stop everything')
    } catch (error) {
      if (!interrupted.aborted) await explainFailure(stage, screen)
      throw ending.signal.aborted ? ending.signal.reason : error
    }
  }
  screen.note(`Nothing is left running. The demo took ${duration(performance.now() - start)}.`)
}

async function makeIssuers({ shown, undoLater }: SetUp, screen: Screen): Promise<void> {
  screen.step('As the platform team: credentials and issuers')
  for (const namespace of NAMESPACES) {
    await shown.kubectl(['create', 'namespace', namespace])
    undoLater(['delete', 'namespace', namespace])
  }
  for (const manifest of ['secrets.yaml', 'issuers.yaml']) {
    await shown.kubectl(['apply', '-f', manifest])
    undoLater(['delete', '-f', manifest, '--ignore-not-found'])
  }
  await shown.kubectl(['wait', '--for=condition=Ready', '-f', 'issuers.yaml', '--timeout=60s'])
  await shown.kubectl(['get', 'sectigoissuers,sectigoclusterissuers', '-A'])
}

async function orderCertificates({ cluster, shown }: SetUp, screen: Screen, signal: AbortSignal): Promise<Ready[]> {
  screen.step('As application teams: Certificates')
  const applied = performance.now()
  await shown.kubectl(['apply', '-f', 'certificates.yaml'])
  const certificates = await certificatesOf(cluster, 'certificates.yaml')
  const allReady = Promise.all(
    certificates.map(async (certificate) => {
      await untilReady(cluster, certificate)
      return { ...certificate, tookMs: performance.now() - applied }
    }),
  )
  const underWay = async (): Promise<void> => {
    await waitUntil(async () => (await ordersUnderWay(cluster)) >= certificates.length, {
      what: 'every order to be placed',
      timeoutMs: UNDER_WAY_MS,
      signal,
    })
    screen.note('\nEvery order is placed; SCM works on them:')
    await shown.kubectl(['get', 'certificateorders', '-A'])
  }
  const [ready] = await Promise.all([allReady, underWay()])
  screen.note('\nEvery certificate is Ready:')
  await shown.kubectl(['get', 'certificates', '-A'])
  await shown.kubectl(['get', 'certificateorders', '-A'])
  return ready
}

/** @throws unless openssl accepts every chain, and SCM was asked for no more than one order for each request */
async function checkCertificates({ cluster, simulator }: SetUp, certificates: Ready[], screen: Screen): Promise<void> {
  screen.step("Verify: each Secret's chain with openssl, against the simulator's root")
  const rows = []
  for (const certificate of certificates) {
    const { key, names, notAfter, verdict } = await verify(cluster, certificate, simulator.rootPem)
    const { namespace, name, issuer, tookMs } = certificate
    rows.push([`${namespace}/${name}`, issuer, duration(tookMs), key, notAfter, verdict, names])
  }
  screen.table([['CERTIFICATE', 'ISSUER', 'APPLY TO READY', 'KEY', 'UNTIL', 'OPENSSL VERIFY', 'NAMES'], ...rows])
  // In this order: the record of a request is there before its order is.
  const { length: orders } = await simulator.control.orders()
  const requests = await requestsWithRecords(cluster)
  if (orders < certificates.length || orders > requests)
    throw new Error(`SCM has ${orders} orders for ${certificates.length} certificates and ${requests} requests`)
  screen.good(
    `\n${certificates.length} certificates Ready and verified; SCM has ${orders} orders: one for each request.`,
  )
}

/** Until Ctrl-C. @throws when the operator ends before */
async function keepRunning({ cluster, manifests }: SetUp, screen: Screen, signals: Signals): Promise<void> {
  screen.step('Running until Ctrl-C; in another terminal:')
  screen.note(`
export KUBECONFIG=${cluster.kubeconfig} PATH=${cluster.binaries}:$PATH
cd ${manifests}

kubectl get certificates,certificaterequests,certificateorders -A
kubectl describe certificateorders -n shop

# A Secret that is lost is ordered anew; the first order stays on record.
kubectl delete secret web-tls -n shop
kubectl get certificateorders -n shop --watch

# An issuer says what it lacks, within a minute; kubectl apply -f secrets.yaml cures it.
kubectl delete secret scm -n shop
kubectl get sectigoissuers -n shop -o wide --watch

tail -f ${cluster.folder}/operators/*/logs/certwright.log`)
  if (!signals.ending.aborted) await once(signals.ending, 'abort')
  if (!signals.interrupted.aborted) throw signals.ending.reason
}

process.exitCode = await main(process.argv.slice(2))

// Installs cert-manager's chart without Pods (there is no node to run them) and runs its programs on the host, each with the
// token and so the permissions of its own ServiceAccount.
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import type { ProgramGroup } from './program-group.ts'
import { startOnFreePort } from './start-on-free-port.ts'
import { waitUntil } from './wait-until.ts'

export interface CertManagerOptions {
  readonly cluster: Cluster
  readonly group: ProgramGroup
  readonly signal?: AbortSignal | undefined
}

/** cert-manager waits an hour before it tries again after a failed issuance; nobody waits that long in a test. */
const MINIMUM_BACKOFF_FLAG = '--certificate-request-minimum-backoff-duration=5s'

/** Is refused or accepted by the whole chain of admission, and changes nothing. */
const PROBE = `
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: probe, namespace: default}
spec: {selfSigned: {}}
`

/** Five seconds on an idle machine. */
const START_MS = 120_000

/** Returns when the API server asks the webhook, the webhook answers, and the controllers are started. */
export async function startCertManager({ cluster, group, signal }: CertManagerOptions): Promise<void> {
  const program = (name: string): string => join(cluster.binaries, name)
  // The webhook is told its port, and so is the API server, by the chart.
  await startOnFreePort({ group, signal }, async (port) => {
    await installChart(cluster, port, signal)
    const kubeconfig = await cluster.serviceAccountKubeconfig('cert-manager', 'cert-manager-webhook')
    return {
      name: 'cm-webhook',
      command: program('cm-webhook'),
      args: [
        ...[`--kubeconfig=${kubeconfig}`, `--secure-port=${port}`, '--healthz-port=0', '--metrics-listen-address=0'],
        '--dynamic-serving-ca-secret-namespace=cert-manager',
        '--dynamic-serving-ca-secret-name=cert-manager-webhook-ca',
        '--dynamic-serving-dns-names=localhost',
      ],
      ready: async (webhook) => webhook.log().includes('Serving webhook server'),
      timeoutMs: START_MS,
    }
  })
  const [cainjector, controller] = await Promise.all([
    cluster.serviceAccountKubeconfig('cert-manager', 'cert-manager-cainjector'),
    cluster.serviceAccountKubeconfig('cert-manager', 'cert-manager'),
  ])
  group.start('cm-cainjector', program('cm-cainjector'), [`--kubeconfig=${cainjector}`])
  group.start('cm-controller', program('cm-controller'), [`--kubeconfig=${controller}`, MINIMUM_BACKOFF_FLAG])
  await certManagerAnswers(cluster, signal)
}

/** Waits until the admission chain accepts an object: caBundle injected, webhook serving. */
export async function certManagerAnswers(cluster: Cluster, signal?: AbortSignal): Promise<void> {
  await waitUntil(async () => cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input: PROBE }), {
    what: "cert-manager's webhook to accept an Issuer",
    timeoutMs: START_MS,
    everyMs: 250,
    signal,
  })
}

async function installChart(cluster: Cluster, webhookPort: number, signal?: AbortSignal): Promise<void> {
  const values = {
    'crds.enabled': true,
    'startupapicheck.enabled': false,
    replicaCount: 0,
    'webhook.replicaCount': 0,
    'cainjector.replicaCount': 0,
    'webhook.url.host': `localhost:${webhookPort}`,
  }
  await cluster.helm(
    [
      ...['upgrade', '--install', 'cert-manager', join(cluster.binaries, 'cert-manager', 'charts', 'cert-manager')],
      ...['--namespace', 'cert-manager', '--create-namespace'],
      ...Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ],
    signal ? { signal } : {},
  )
}

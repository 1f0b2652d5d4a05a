// A kind node (Kubernetes in one privileged container) through testcontainers, with cert-manager in Pods from its chart.
// Its parts follow what `kind create cluster` does with the same image. Not yet run: see README.md here.
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { StartedTestContainer } from 'testcontainers'
import { certManagerAnswers } from './cert-manager.ts'
import { attachCluster, type Cluster } from './cluster.ts'
import { goVersion } from './go-build.ts'
import { kubeadmConfig, POD_SUBNET } from './kind-config.ts'
import { CERT_MANAGER_VERSION, clientPrograms } from './program-names.ts'
import { gatherPrograms } from './programs.ts'
import { duration, progress } from './progress.ts'
import { type ProvidedCluster, type ProviderOptions, withLogsKept } from './provider.ts'
import { run } from './run.ts'

/** What kind 0.32 uses by default. */
const NODE_IMAGE = 'kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5'
/** Only its helm is used, where the host has neither helm nor Go. */
const HELM_IMAGE = 'alpine/helm:4.2.2'
const CERT_MANAGER_CHARTS = 'https://charts.jetstack.io'
const API_PORT = 6443
/** An engine on this machine answers in milliseconds; one that does not is not waited for. */
const ENGINE_ANSWERS_MS = 2000
const ADMIN_CONF = '/etc/kubernetes/admin.conf'

export type Engine = { readonly found: true } | { readonly found: false; readonly reason: string }

/** Whether a container engine answers. Never throws, and takes two seconds at most. */
export async function findContainerEngine(): Promise<Engine> {
  const none = (reason: string): Engine => ({ found: false, reason })
  const { promise: timeout, resolve } = Promise.withResolvers<Engine>()
  const timer = setTimeout(() => resolve(none('the container engine does not answer')), ENGINE_ANSWERS_MS)
  const asked = import('testcontainers')
    .then(({ getContainerRuntimeClient }) => getContainerRuntimeClient())
    .then((): Engine => ({ found: true }))
    .catch(() => none('no container engine answers'))
  return Promise.race([asked, timeout]).finally(() => clearTimeout(timer))
}

/** Undefined when the engine refuses a privileged container. */
export async function startKind(
  options: ProviderOptions & { readonly outlives?: boolean },
): Promise<ProvidedCluster | undefined> {
  const { folder, log, signal, outlives } = options
  // testcontainers' own net removes every container when this process is gone.
  if (outlives) process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
  const start = performance.now()
  await mkdir(folder, { recursive: true })
  const node = await startNode(log)
  if (node === undefined) return undefined
  try {
    const inNode = async (command: string): Promise<string> => {
      signal?.throwIfAborted()
      const { exitCode, output } = await node.exec(['bash', '-euo', 'pipefail', '-c', command])
      if (exitCode !== 0) throw new Error(`in the kind node: ${command}: exit code ${exitCode}\n${output.slice(-2000)}`)
      return output
    }
    const starting = progress('starting Kubernetes in the kind node (1 to 2 min)', { log })
    const address = node.getIpAddress(node.getNetworkNames()[0] ?? 'bridge')
    await node.copyContentToContainer([{ content: kubeadmConfig(address), target: '/kind/kubeadm.conf' }])
    await inNode('kubeadm init --config=/kind/kubeadm.conf --skip-token-print --ignore-preflight-errors=all')
    const kubectl = `kubectl --kubeconfig=${ADMIN_CONF}`
    await inNode(`sed 's|{{ *.PodSubnet *}}|${POD_SUBNET}|' /kind/manifests/default-cni.yaml | ${kubectl} create -f -`)
    await inNode(`${kubectl} taint nodes --all node-role.kubernetes.io/control-plane-`)
    await inNode(`${kubectl} wait --for=condition=Ready nodes --all --timeout=180s`)
    starting.done()

    const binaries = await clients(node, folder, options)
    const kubeconfig = join(folder, 'admin.kubeconfig')
    const admin = await inNode(`cat ${ADMIN_CONF}`)
    const server = `https://127.0.0.1:${node.getMappedPort(API_PORT)}`
    await writeFile(kubeconfig, admin.replace(/^( +server: ).*$/m, `$1${server}`), { mode: 0o600 })
    const cluster = attachCluster({ provider: 'kind', kubeconfig, binaries, folder })
    await installCertManager(cluster, options)
    log(`the cluster is ready after ${duration(performance.now() - start)}`)
    return {
      handle: cluster,
      async stop() {
        await node.stop()
        await rm(folder, { recursive: true, force: true })
      },
      release: () => ({ containerId: node.getId() }),
    }
  } catch (error) {
    const told = await withLogsKept(folder, error, signal)
    await node.stop()
    throw told
  }
}

/** For a container that outlived the process that started it. */
export async function removeContainer(id: string): Promise<void> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  const { container } = await getContainerRuntimeClient()
  await container.remove(container.getById(id), { removeVolumes: true })
}

async function startNode(log: (line: string) => void): Promise<StartedTestContainer | undefined> {
  const { GenericContainer, Wait } = await import('testcontainers')
  class KindNode extends GenericContainer {
    constructor() {
      super(NODE_IMAGE)
      // containerd's snapshots cannot lie on the container's own overlay file system.
      this.createOpts.Volumes = { '/var': {} }
      // Known to every engine, not to the types.
      Object.assign(this.hostConfig, { CgroupnsMode: 'private' })
    }
  }
  const pulling = progress('starting a kind node (its image is 450 MB: 1 to 5 min when it is not here yet)', { log })
  try {
    const node = await new KindNode()
      .withPrivilegedMode()
      .withSecurityOpt('seccomp=unconfined', 'apparmor=unconfined')
      .withTmpFs({ '/tmp': '', '/run': '' })
      .withBindMounts([{ source: '/lib/modules', target: '/lib/modules', mode: 'ro' }])
      .withEnvironment({ container: 'docker', KUBECONFIG: ADMIN_CONF })
      .withExposedPorts(API_PORT)
      .withWaitStrategy(Wait.forLogMessage(/Reached target .*Multi-User System.*|detected cgroup v1/))
      .start()
    pulling.done()
    return node
  } catch (error) {
    pulling.failed()
    log(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

async function installCertManager(cluster: Cluster, { log, signal }: ProviderOptions): Promise<void> {
  const installing = progress('installing cert-manager (1 to 2 min)', { log })
  const values = {
    'crds.enabled': true,
    'config.apiVersion': 'controller.config.cert-manager.io/v1alpha1',
    'config.kind': 'ControllerConfiguration',
    // An hour by default; nobody waits that long in a test.
    'config.certificateRequestMinimumBackoffDuration': '5s',
  }
  await cluster.helm(
    [
      ...['upgrade', '--install', 'cert-manager', 'cert-manager', '--repo', CERT_MANAGER_CHARTS],
      ...['--version', CERT_MANAGER_VERSION, '--namespace', 'cert-manager', '--create-namespace'],
      ...[
        '--wait',
        '--timeout',
        '5m',
        ...Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
      ],
    ],
    { timeoutMs: 330_000, ...(signal ? { signal } : {}) },
  )
  await certManagerAnswers(cluster, signal)
  installing.done()
}

/** kubectl and helm: from PATH, or built with Go, or (Linux) taken out of images that have them. */
async function clients(node: StartedTestContainer, folder: string, { log, signal }: ProviderOptions): Promise<string> {
  const binaries = join(folder, 'bin')
  const places = (process.env['PATH'] ?? '').split(delimiter).filter((place) => place !== '')
  const taken = join(folder, 'taken')
  const missing = clientPrograms.filter((name) => !places.some((place) => existsSync(join(place, name))))
  if (missing.length > 0 && (await goVersion()) === undefined) {
    await mkdir(taken, { recursive: true })
    if (missing.includes('kubectl')) await takeOut(node, '/usr/bin/kubectl', taken)
    if (missing.includes('helm')) {
      const { GenericContainer } = await import('testcontainers')
      const helm = await new GenericContainer(HELM_IMAGE).withEntrypoint(['sleep', '600']).start()
      await takeOut(helm, '/usr/bin/helm', taken).finally(() => helm.stop())
    }
  }
  await gatherPrograms({ into: binaries, wanted: clientPrograms, places: [...places, taken], log, signal })
  return binaries
}

async function takeOut(container: StartedTestContainer, path: string, into: string): Promise<void> {
  const archive = join(into, 'archive.tar')
  await pipeline(await container.copyArchiveFromContainer(path), createWriteStream(archive))
  await run('tar', ['-x', '-f', archive, '-C', into])
}

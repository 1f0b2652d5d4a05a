// Finds the API server and the credentials for it, as every Kubernetes client does: a named kubeconfig, else the Pod's
// service account, else KUBECONFIG or the default file. Reading them is client-node's work; nothing else of it is used.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { KubeConfigError } from './config-error.ts'
import { createConnection, type KubeConnection } from './connection.ts'
import { credentialReader } from './credentials.ts'
import { readKubeconfigs } from './kubeconfig-file.ts'

/** client-node's fixed place of the service account's token. */
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** @throws KubeConfigError when there is no configuration, or one that cannot work. */
export async function loadKubeConnection(options: {
  /** Path of a kubeconfig. Given, nothing else is looked at. */
  readonly kubeconfig?: string
  /** Put before the fixed path of the service account's files. */
  readonly serviceAccountRoot?: string
  /** Told when the credentials cannot be read again: those from before are used for as long as they last. */
  readonly onProblem?: (error: unknown) => void
  /** Milliseconds that only grow, for the age of credentials. */
  readonly monotonic?: () => number
}): Promise<KubeConnection> {
  const { source, config } = load(options.kubeconfig, options.serviceAccountRoot ?? '')
  const { server, namespace } = validate(source, config)
  const readCredentials = credentialReader(source, config)
  const credentials = await readCredentials({ renew: false })
  const { monotonic, onProblem } = options
  return createConnection({ server, namespace, credentials, readCredentials, monotonic, onProblem })
}

interface Loaded {
  /** For messages: which file or place this came from. */
  readonly source: string
  readonly config: KubeConfig
}

function load(kubeconfig: string | undefined, serviceAccountRoot: string): Loaded {
  if (kubeconfig !== undefined) return loadFile(kubeconfig)
  const host = process.env['KUBERNETES_SERVICE_HOST']
  const port = process.env['KUBERNETES_SERVICE_PORT']
  const inPod = Boolean(host && port)
  if (inPod && existsSync(`${serviceAccountRoot}${TOKEN_FILE}`)) {
    const config = new KubeConfig()
    config.loadFromCluster(serviceAccountRoot)
    return { source: 'service account', config }
  }
  const files = process.env['KUBECONFIG']
  if (files) return { source: `KUBECONFIG ${files}`, config: readKubeconfigs(files.split(delimiter).filter(Boolean)) }
  const file = join(homedir(), '.kube', 'config')
  if (existsSync(file)) return loadFile(file)
  throw new KubeConfigError(
    inPod
      ? `this Pod has no service account token at ${TOKEN_FILE} (automountServiceAccountToken), and neither --kubeconfig nor KUBECONFIG names a file`
      : 'no cluster: not in a Pod, and neither --kubeconfig, KUBECONFIG nor ~/.kube/config names one',
  )
}

function loadFile(path: string): Loaded {
  return { source: `kubeconfig ${path}`, config: readKubeconfigs([path]) }
}

function validate(source: string, config: KubeConfig): { server: URL; namespace: string } {
  const refuse = (problem: string): never => {
    throw new KubeConfigError(`${source}: ${problem}`)
  }
  const name = config.getCurrentContext()
  if (!name) return refuse('current-context is missing')
  const context = config.getContexts().find((candidate) => candidate.name === name)
  if (!context) return refuse(`current-context names "${name}", which is not in contexts`)
  const cluster = config.getCurrentCluster()
  if (!cluster) return refuse(`contexts "${name}": cluster names "${context.cluster}", which is not in clusters`)
  if (!config.getCurrentUser()) {
    return refuse(`contexts "${name}": user names "${context.user ?? ''}", which is not in users`)
  }
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined
  if (server?.protocol !== 'https:') return refuse(`clusters "${cluster.name}": server is not an https URL`)
  // Going there without it would be worse, and in a Pod it is never needed.
  if (cluster.proxyUrl) return refuse(`clusters "${cluster.name}": proxy-url is not supported`)
  return { server, namespace: context.namespace?.trim() || 'default' }
}

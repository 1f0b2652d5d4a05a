// Finds the API server and the credentials for it, as every Kubernetes client does: a named kubeconfig, else the Pod's
// service account, else KUBECONFIG or the default file. Reading them is client-node's work; nothing else of it is used.
import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { type Credentials, createConnection, type KubeConnection } from './connection.ts'

/** One line for the person who starts the operator: names the file and the field. Holds no credential. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError'
}

/** client-node's fixed place of the service account's token. */
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/**
 * @throws KubeConfigError when there is no configuration, or one that cannot work.
 */
export async function loadKubeConnection(options: {
  /** Path of a kubeconfig. Given, nothing else is looked at. */
  readonly kubeconfig?: string
  /** Put before the fixed path of the service account's files. */
  readonly serviceAccountRoot?: string
  /** Milliseconds that only grow, for the age of credentials. */
  readonly monotonic?: () => number
}): Promise<KubeConnection> {
  const { source, config } = load(options.kubeconfig, options.serviceAccountRoot ?? '')
  const { server, namespace } = validate(source, config)
  const readCredentials = (): Promise<Credentials> => credentialsOf(source, config)
  return createConnection({
    server,
    namespace,
    credentials: await readCredentials(),
    readCredentials,
    ...(options.monotonic && { monotonic: options.monotonic }),
  })
}

interface Loaded {
  /** For messages: which file or place this came from. */
  readonly source: string
  readonly config: KubeConfig
}

function load(kubeconfig: string | undefined, serviceAccountRoot: string): Loaded {
  const config = new KubeConfig()
  if (kubeconfig !== undefined) {
    return parsed(`kubeconfig ${kubeconfig}`, config, () => config.loadFromFile(kubeconfig))
  }
  const host = process.env['KUBERNETES_SERVICE_HOST']
  const port = process.env['KUBERNETES_SERVICE_PORT']
  const inPod = Boolean(host && port)
  if (inPod && existsSync(`${serviceAccountRoot}${TOKEN_FILE}`)) {
    return parsed('service account', config, () => config.loadFromCluster(serviceAccountRoot))
  }
  const files = process.env['KUBECONFIG']
  if (files) return parsed(`KUBECONFIG ${files}`, config, () => config.loadFromDefault())
  const file = join(homedir(), '.kube', 'config')
  if (existsSync(file)) return parsed(`kubeconfig ${file}`, config, () => config.loadFromFile(file))
  throw new KubeConfigError(
    inPod
      ? `this Pod has no service account token at ${TOKEN_FILE} (automountServiceAccountToken), and neither --kubeconfig nor KUBECONFIG names a file`
      : 'no cluster: not in a Pod, and neither --kubeconfig, KUBECONFIG nor ~/.kube/config names one',
  )
}

function parsed(source: string, config: KubeConfig, read: () => void): Loaded {
  try {
    read()
  } catch (error) {
    throw new KubeConfigError(`${source}: ${parseProblem(error)}`)
  }
  return { source, config }
}

/** js-yaml's message quotes the file, which holds keys: only its reason and line are kept. */
function parseProblem(error: unknown): string {
  const { code, reason, mark, message } = error as Partial<
    Record<'code' | 'reason' | 'message', string> & { mark: { line: number } }
  >
  if (code !== undefined) return `cannot be read (${code})`
  if (reason !== undefined) return `not YAML: ${reason}${mark ? ` in line ${mark.line + 1}` : ''}`
  const named = /^(?:(?:clusters|users|contexts)\[\d+\]\S* is missing|Duplicate (?:cluster|user|context): .*)$/
  return message !== undefined && named.test(message) ? message : 'not a kubeconfig'
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
  if (cluster.proxyUrl) return refuse(`clusters "${cluster.name}": proxy-url is not supported`)
  return { server, namespace: context.namespace?.trim() || 'default' }
}

/** Every kind of credential client-node knows: token, client certificate, exec, OIDC, token file, password. */
async function credentialsOf(source: string, config: KubeConfig): Promise<Credentials> {
  const user = `users "${config.getCurrentUser()?.name}"`
  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    throw new KubeConfigError(
      path === undefined
        ? `${source}: ${user}: the credential plugin failed${code === undefined ? '' : ` (${code})`}`
        : `${source}: cannot read ${path} (${code})`,
    )
  }
  const { ca, cert, key, servername, rejectUnauthorized } = options
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // Token files end with a newline more often than not.
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim()
  }
  if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  if (headers['authorization'] === undefined && cert === undefined) {
    throw new KubeConfigError(`${source}: ${user}: has no token, client-certificate, exec or other known credential`)
  }
  // Both fail now and by name, not at each connection and in OpenSSL's words.
  usable(
    () => ca === undefined || new X509Certificate(String(ca)),
    `${source}: certificate-authority is not a PEM certificate`,
  )
  usable(
    () => cert === undefined || createSecureContext({ cert, key }),
    `${source}: ${user}: client-certificate and client-key are not a pair of PEM files`,
  )
  return {
    headers,
    tls: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(servername !== undefined && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    },
  }
}

function usable(attempt: () => unknown, problem: string): void {
  try {
    attempt()
  } catch {
    throw new KubeConfigError(problem)
  }
}

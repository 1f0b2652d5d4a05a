// What proves to the API server who we are, read anew whenever it is asked for: tokens, certificates and the CA live in files
// that others replace, or come from a plugin. The forms are client-node's, except token files and plugins, of which it would
// keep what it once had.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import type { KubeConfig } from '@kubernetes/client-node'
import { KubeConfigError } from './config-error.ts'
import { type ExecCredential, ExecPlugin, type ExecSpec } from './exec-plugin.ts'

/** One reading of the credentials. Secret throughout. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>
  /** Not to be used after this without a new reading, whatever their age. Epoch milliseconds. */
  readonly renewAt?: number
}

/** @throws KubeConfigError that names the file or the field. `renew`: those read last were refused. */
export type ReadCredentials = (options: { readonly renew: boolean }) => Promise<Credentials>

/** @param source for messages: where `config` came from */
export function credentialReader(source: string, config: KubeConfig): ReadCredentials {
  const user = config.getCurrentUser()
  const name = `users "${user?.name}"`
  const tokenFile: string | undefined = user?.authProvider?.config?.tokenFile
  const spec: ExecSpec | undefined = user?.exec ?? user?.authProvider?.config?.exec
  const plugin = spec && new ExecPlugin({ spec })
  if (tokenFile !== undefined || plugin !== undefined) leaveToUs(config)

  return async ({ renew }) => {
    const options: RequestOptions = {}
    let fromPlugin: ExecCredential = {}
    let token: string | undefined
    try {
      await config.applyToHTTPSOptions(options)
      const cluster = clusterInfo(config, options.ca)
      if (plugin !== undefined) fromPlugin = await plugin.credential({ renew, cluster })
      token = tokenFile === undefined ? fromPlugin.token : (await readFile(tokenFile, 'utf8')).trim()
    } catch (error) {
      throw new KubeConfigError(`${source}: ${problemOf(error, name)}`)
    }
    if (token === '') throw new KubeConfigError(`${source}: ${tokenFile} is empty`)
    const { ca, cert = fromPlugin.certificate, key = fromPlugin.key, servername } = options
    const headers: Record<string, string> = {}
    for (const [header, value] of Object.entries(options.headers ?? {})) {
      if (value !== undefined) headers[header.toLowerCase()] = String(value).trim()
    }
    if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
    if (token !== undefined) headers['authorization'] ??= `Bearer ${token}`
    if (headers['authorization'] === undefined && cert === undefined) {
      throw new KubeConfigError(`${source}: ${name}: has no token, client-certificate, exec or other known credential`)
    }
    // Both fail now and by name, not at each connection and in OpenSSL's words.
    usable(
      () => ca === undefined || new X509Certificate(String(ca)),
      `${source}: certificate-authority is not a PEM certificate`,
    )
    usable(
      () => cert === undefined || createSecureContext({ cert, key }),
      `${source}: ${name}: client-certificate and client-key are not a pair of PEM files`,
    )
    return {
      headers,
      tls: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(servername !== undefined && { servername }),
        // Said always, or NODE_TLS_REJECT_UNAUTHORIZED could say otherwise.
        rejectUnauthorized: options.rejectUnauthorized ?? true,
      },
      ...(fromPlugin.renewAt !== undefined && { renewAt: fromPlugin.renewAt }),
    }
  }
}

/** Takes token file and plugin away from client-node. */
function leaveToUs(config: KubeConfig): void {
  const current = config.getCurrentUser()
  config.users = config.users.map((user) => {
    if (user !== current) return user
    const { authProvider: _, exec: __, ...others } = user
    return others
  })
}

/** client.authentication.k8s.io/v1 `Cluster`, as far as a kubeconfig that client-node has read holds it. */
function clusterInfo(config: KubeConfig, ca: RequestOptions['ca']): object {
  const cluster = config.getCurrentCluster()
  return {
    server: cluster?.server,
    ...(cluster?.tlsServerName !== undefined && { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster?.skipTLSVerify && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(String(ca)).toString('base64') }),
  }
}

function problemOf(error: unknown, user: string): string {
  if (error instanceof KubeConfigError) return `${user}: ${error.message}`
  const { code, path } = error as NodeJS.ErrnoException
  if (path !== undefined) return `cannot read ${path} (${code})`
  return `${user}: the credentials cannot be had${code === undefined ? '' : ` (${code})`}`
}

function usable(attempt: () => unknown, problem: string): void {
  try {
    attempt()
  } catch {
    throw new KubeConfigError(problem)
  }
}

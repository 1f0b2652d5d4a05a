// Starts kube-apiserver on loopback: one or several on one etcd, each with flags of its own, each as often as a test likes.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { statusOf } from './http-probe.ts'
import type { Connection } from './kubeconfig.ts'
import type { ControlPlanePki } from './pki.ts'
import type { ProgramGroup } from './program-group.ts'
import { startOnFreePort, startOnPort } from './start-on-free-port.ts'

/** Paths of PEM files. */
export interface PkiFiles {
  readonly caCertificate: string
  readonly caKey: string
  readonly apiServerCertificate: string
  readonly apiServerKey: string
  readonly tokenPublicKey: string
  readonly tokenKey: string
}

export interface ApiServerOptions {
  readonly group: ProgramGroup
  readonly binaries: string
  readonly pki: ControlPlanePki
  readonly files: PkiFiles
  readonly etcdPort: number
  /** Unique in the group; its log is called so. Default: kube-apiserver. */
  readonly name?: string
  /** Added to those that every control plane here needs; of two that say the same, kube-apiserver takes the last. */
  readonly flags?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

export interface ApiServer {
  readonly connection: Connection
  /**
   * Ends it and, after `meanwhile`, starts it again on the same port; SIGTERM lets it finish what it does and end its watches
   * first.
   */
  restart(end: 'SIGTERM' | 'SIGKILL', meanwhile?: () => Promise<void>): Promise<void>
}

/** Seconds on an idle machine; minutes are left for one that also compiles. */
const START_MS = 120_000

/** Returns when it serves. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { group, binaries, pki, files, etcdPort, name = 'kube-apiserver', flags = [], signal } = options
  const ca = pki.ca.certificate
  const describe = (port: number) => ({
    name,
    command: join(binaries, 'kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      ...['--bind-address=127.0.0.1', `--secure-port=${port}`, '--advertise-address=127.0.0.1'],
      '--endpoint-reconciler-type=none',
      ...[`--tls-cert-file=${files.apiServerCertificate}`, `--tls-private-key-file=${files.apiServerKey}`],
      ...[`--client-ca-file=${files.caCertificate}`, '--authorization-mode=Node,RBAC'],
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.tokenPublicKey}`,
      `--service-account-signing-key-file=${files.tokenKey}`,
      ...['--service-cluster-ip-range=10.0.0.0/24', '--allow-privileged=true', '--enable-aggregator-routing=true'],
      '--profiling=false',
      ...flags,
    ],
    ready: async () => (await statusOf(`https://127.0.0.1:${port}/readyz`, { ca })) === 200,
    timeoutMs: START_MS,
  })
  let { port, program } = await startOnFreePort({ group, signal }, describe)
  return {
    connection: { server: `https://127.0.0.1:${port}`, ca },
    async restart(end, meanwhile) {
      program.signal(end)
      await program.exitCode
      await meanwhile?.()
      program = await startOnPort({ group, signal }, describe(port))
    },
  }
}

export async function writePki(folder: string, pki: ControlPlanePki): Promise<PkiFiles> {
  await mkdir(folder, { mode: 0o700 })
  const write = async (name: string, pem: string): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, pem.endsWith('\n') ? pem : `${pem}\n`, { mode: 0o600 })
    return path
  }
  return {
    caCertificate: await write('ca.crt', pki.ca.certificate),
    caKey: await write('ca.key', pki.ca.key),
    apiServerCertificate: await write('apiserver.crt', pki.apiServer.certificate),
    apiServerKey: await write('apiserver.key', pki.apiServer.key),
    tokenPublicKey: await write('service-accounts.pub', pki.serviceAccounts.publicKey),
    tokenKey: await write('service-accounts.key', pki.serviceAccounts.key),
  }
}

// Starts etcd, kube-apiserver and kube-controller-manager on loopback.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { statusOf } from './http-probe.ts'
import { type Connection, writeKubeconfig } from './kubeconfig.ts'
import { type ControlPlanePki, createPki } from './pki.ts'
import type { ProgramGroup } from './program-group.ts'
import { startOnFreePort } from './start-on-free-port.ts'

export interface ControlPlaneOptions {
  readonly group: ProgramGroup
  readonly binaries: string
  readonly folder: string
  readonly signal?: AbortSignal | undefined
}

export interface ControlPlane {
  readonly connection: Connection
  readonly kubeconfig: string
  readonly auditLog: string
}

/** The controllers that act on what tests use. There are no nodes, so the rest would find nothing to do. */
const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
  'certificatesigningrequest-signing-controller',
  'certificatesigningrequest-approving-controller',
  'certificatesigningrequest-cleaner-controller',
  'resourcequota-controller',
  'endpointslice-controller',
  'deployment-controller',
  'replicaset-controller',
  'job-controller',
  'pod-garbage-collector-controller',
  'ttl-after-finished-controller',
  'validatingadmissionpolicy-status-controller',
]

const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

/** Seconds on an idle machine; minutes are left for one that also compiles. */
const ETCD_START_MS = 60_000
const API_SERVER_START_MS = 120_000

/** Returns when the API server serves; the controller manager is started by then, not more. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { group, binaries, folder, signal } = options
  const pki = await createPki()
  const files = await writePki(join(folder, 'pki'), pki)
  const auditLog = join(folder, 'audit.log')
  const auditPolicy = join(folder, 'audit-policy.yaml')
  await writeFile(auditPolicy, JSON.stringify(AUDIT_POLICY))

  const etcd = await startOnFreePort({ group, signal }, (port, peerPort) => {
    const url = `http://127.0.0.1:${port}`
    const peerUrl = `http://127.0.0.1:${peerPort}`
    return {
      name: 'etcd',
      command: join(binaries, 'etcd'),
      args: [
        ...['--name=test', `--data-dir=${join(folder, `etcd-${port}`)}`, '--unsafe-no-fsync'],
        ...[`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
        ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
        `--initial-cluster=test=${peerUrl}`,
      ],
      // Its log, since what answers on the port might be the etcd of another run that took it first.
      ready: async (etcd) =>
        etcd.log().includes('ready to serve client requests') && (await statusOf(`${url}/health`)) === 200,
      timeoutMs: ETCD_START_MS,
    }
  })

  const ca = pki.ca.certificate
  const apiServer = await startOnFreePort({ group, signal }, (port) => ({
    name: 'kube-apiserver',
    command: join(binaries, 'kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${etcd.port}`,
      ...['--bind-address=127.0.0.1', `--secure-port=${port}`, '--advertise-address=127.0.0.1'],
      '--endpoint-reconciler-type=none',
      ...[`--tls-cert-file=${files.apiServerCertificate}`, `--tls-private-key-file=${files.apiServerKey}`],
      ...[`--client-ca-file=${files.caCertificate}`, '--authorization-mode=Node,RBAC'],
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.tokenPublicKey}`,
      `--service-account-signing-key-file=${files.tokenKey}`,
      ...['--service-cluster-ip-range=10.0.0.0/24', '--allow-privileged=true', '--enable-aggregator-routing=true'],
      ...[`--audit-policy-file=${auditPolicy}`, `--audit-log-path=${auditLog}`, '--profiling=false'],
    ],
    ready: async () => (await statusOf(`https://127.0.0.1:${port}/readyz`, { ca })) === 200,
    timeoutMs: API_SERVER_START_MS,
  }))

  const connection = { server: `https://127.0.0.1:${apiServer.port}`, ca }
  const kubeconfig = await writeKubeconfig(join(folder, 'admin.kubeconfig'), connection, pki.admin)
  const controllerManagerKubeconfig = join(folder, 'kube-controller-manager.kubeconfig')
  await writeKubeconfig(controllerManagerKubeconfig, connection, pki.controllerManager)
  group.start('kube-controller-manager', join(binaries, 'kube-controller-manager'), [
    `--kubeconfig=${controllerManagerKubeconfig}`,
    '--use-service-account-credentials=true',
    ...[`--service-account-private-key-file=${files.tokenKey}`, `--root-ca-file=${files.caCertificate}`],
    ...[`--cluster-signing-cert-file=${files.caCertificate}`, `--cluster-signing-key-file=${files.caKey}`],
    // Nobody asks it for its health: that it works is seen by what it does.
    ...['--secure-port=0', '--leader-elect=false', `--controllers=${CONTROLLERS.join(',')}`],
  ])
  return { connection, kubeconfig, auditLog }
}

async function writePki(folder: string, pki: ControlPlanePki) {
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

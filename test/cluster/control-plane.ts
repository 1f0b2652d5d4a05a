// Starts etcd, kube-apiserver and kube-controller-manager on loopback.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ApiServer, startApiServer, writePki } from './api-server.ts'
import { type Etcd, startEtcd } from './etcd.ts'
import { type Connection, writeKubeconfig } from './kubeconfig.ts'
import { createPki } from './pki.ts'
import type { ProgramGroup } from './program-group.ts'

export interface ControlPlaneOptions {
  readonly group: ProgramGroup
  readonly binaries: string
  readonly folder: string
  /** Of kube-apiserver, added to its usual ones. */
  readonly apiServerFlags?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

export interface ControlPlane {
  readonly connection: Connection
  readonly kubeconfig: string
  readonly auditLog: string
  readonly etcd: Etcd
  readonly apiServer: ApiServer
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

export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

/** Returns when the API server serves; the controller manager is started by then, not more. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { group, binaries, folder, apiServerFlags = [], signal } = options
  const pki = await createPki()
  const files = await writePki(join(folder, 'pki'), pki)
  const auditLog = join(folder, 'audit.log')
  const auditPolicy = join(folder, 'audit-policy.yaml')
  await writeFile(auditPolicy, JSON.stringify(AUDIT_POLICY))

  const etcd = await startEtcd({ group, binaries, folder, signal })
  const flags = [`--audit-policy-file=${auditPolicy}`, `--audit-log-path=${auditLog}`, ...apiServerFlags]
  const apiServer = await startApiServer({ group, binaries, pki, files, etcdPort: etcd.port, flags, signal })
  const { connection } = apiServer
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
  return { connection, kubeconfig, auditLog, etcd, apiServer }
}

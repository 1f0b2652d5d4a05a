// The API server ends without a word and comes back: with one of its own, since all other tests use the shared one.
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import type { LeaseTimes } from '../../../src/runtime/lease-times.ts'
import { type ApiServer, startApiServer, writePki } from '../../cluster/api-server.ts'
import { attachCluster } from '../../cluster/cluster.ts'
import { AUDIT_POLICY } from '../../cluster/control-plane.ts'
import { startEtcd } from '../../cluster/etcd.ts'
import { writeKubeconfig } from '../../cluster/kubeconfig.ts'
import { createPki } from '../../cluster/pki.ts'
import { ProgramGroup } from '../../cluster/program-group.ts'
import { useCluster } from '../../support/cluster.ts'
import { type Elections, holdElections, LEADS } from '../../support/election.ts'

/** A restart takes three seconds; the rest is for a loaded machine. */
const TIMES: LeaseTimes = { leaseDurationMs: 60_000, renewDeadlineMs: 50_000, retryPeriodMs: 500 }

let group: ProgramGroup
let apiServer: ApiServer
let elections: Elections

beforeAll(async () => {
  const shared = useCluster()
  const folder = join(shared.folder, `restart-${randomUUID().slice(0, 8)}`)
  group = new ProgramGroup(folder)
  const { binaries } = shared
  const pki = await createPki()
  const files = await writePki(join(folder, 'pki'), pki)
  const etcd = await startEtcd({ group, binaries, folder })
  const auditLog = join(folder, 'audit.log')
  const auditPolicy = join(folder, 'audit-policy.yaml')
  await writeFile(auditPolicy, JSON.stringify(AUDIT_POLICY))
  const flags = [`--audit-policy-file=${auditPolicy}`, `--audit-log-path=${auditLog}`]
  apiServer = await startApiServer({ group, binaries, pki, files, etcdPort: etcd.port, flags })
  const kubeconfig = await writeKubeconfig(join(folder, 'admin.kubeconfig'), apiServer.connection, pki.admin)
  elections = await holdElections(attachCluster({ provider: shared.provider, kubeconfig, binaries, folder, auditLog }))
})

afterAll(async () => {
  await elections[Symbol.asyncDispose]()
  await group.stop()
})

it('a leader leads on when the API server is back within the renew deadline', async () => {
  const held = await elections.election('restart', TIMES)
  onTestFailed(() => void process.stderr.write(`${held.logs()}\n`))
  const a = await held.start('a')
  await a.acts()
  const b = await held.start('b')
  await b.says('another process leads')
  const FAILS = 'the leader lease could not be read or written'
  await apiServer.restart('SIGKILL', () => a.says(FAILS))
  await a.acts()
  expect(b.said(LEADS)).toBe(0)
  expect(await held.verdict()).toEqual({ leaders: ['restart-a'], handovers: [], overlapping: 0, beyondLease: 0 })
})

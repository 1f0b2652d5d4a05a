// Elections among processes on the real API server: replicas to start, kill and pause, and the audit log's verdict on them.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { LeaseTimes } from '../../src/runtime/lease-times.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { lastWords, type Program, ProgramGroup } from '../cluster/program-group.ts'
import { run } from '../cluster/run.ts'
import { GiveUp, waitUntil } from '../cluster/wait-until.ts'
import { root } from '../tools/root.ts'
import { type AuditEvent, callsOf } from './audit.ts'
import { CONFIG_MAPS } from './config-maps.ts'
import { ACT_BEGINS, ACT_ENDED, REPLICA_SETTINGS, type ReplicaSettings } from './election-replica.ts'
import { type Call, judge, type Verdict } from './reigns.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

export interface Replica {
  readonly exitCode: Promise<number>
  ended(): boolean
  signal(signal: NodeJS.Signals): void
  /** SIGSTOP at a moment between two acts: one that has begun cannot be held back by anything the process does later. */
  pause(): Promise<void>
  /** How often it has said `text`. */
  said(text: string): number
  /** Waits until it has said `text` more often than `before`. */
  says(text: string, before?: number): Promise<void>
  /** Waits until it has acted `times` more often than when asked. */
  acts(times?: number): Promise<void>
}

export interface Election {
  /** One more candidate, `NAME-letter` in the verdict. Returns when it asks for the lease. */
  start(letter: string, options?: CandidateOptions): Promise<Replica>
  /** Ends those that still run, all of which must do so in order, and tells what the API server has seen of it all. */
  verdict(): Promise<Verdict>
  /** What the replicas have to say. */
  logs(): string
}

export interface CandidateOptions extends Pick<ReplicaSettings, 'wallClock'> {
  /** Instead of the API server itself. */
  readonly through?: TcpProxy
}

export interface Elections extends AsyncDisposable {
  /** For a Lease of that name; whoever leads writes to a ConfigMap of that name. */
  election(name: string, times: LeaseTimes): Promise<Election>
  /** A way to the API server that can be cut. */
  proxy(): Promise<TcpProxy>
}

export const LEADS = 'this process leads'

/** Far more than anything takes that is waited for. */
export const PATIENCE_MS = 100_000
/** Often enough that what a test does next comes soon after what it waited for. */
const LOOK_EVERY_MS = 50
/** Acts that show that a replica leads and is not just about to end. */
const SEVERAL = 5

const PROGRAM = join(root, 'test', 'support', 'election-replica.ts')
const ACCOUNT = 'replica'
const fieldManager = 'spectator'

/** In a namespace of their own; any number at the same time. */
export async function holdElections(cluster: Cluster): Promise<Elections> {
  const namespace = `elections-${randomUUID().slice(0, 8)}`
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(constituency(namespace)) })
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, ACCOUNT)
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig })
  const client = new KubeClient({ connection, userAgent: fieldManager })
  const group = new ProgramGroup(join(cluster.folder, namespace))

  const election = async (name: string, times: LeaseTimes): Promise<Election> => {
    await client.create(CONFIG_MAPS, { metadata: { namespace, name } }, { fieldManager })
    const programs: Program[] = []
    return {
      async start(letter, { through, wallClock } = {}) {
        const userAgent = `${name}-${letter}`
        const server = through === undefined ? connection.server.origin : `https://127.0.0.1:${through.port}`
        const settings: ReplicaSettings = { kubeconfig, server, namespace, name, userAgent, times, wallClock }
        const program = group.start(userAgent, process.execPath, [PROGRAM], {
          PATH: process.env['PATH'],
          [REPLICA_SETTINGS]: JSON.stringify(settings),
        })
        programs.push(program)
        const replica = replicaOf(program, async () => {
          const { data } = await client.get(CONFIG_MAPS, { namespace, name })
          return Number(data?.[userAgent] ?? 0)
        })
        await replica.says('waiting for the leader lease')
        return replica
      },
      async verdict() {
        await endAll(programs)
        const calls = await callsOf(cluster, { namespace, name: ACCOUNT })
        const ofThis = calls.filter(({ objectRef }) => objectRef?.name === name)
        return judge(actsIn(ofThis), renewalsIn(ofThis), times)
      },
      logs: () => programs.map((program) => `${program.name}:\n${program.log()}`).join('\n'),
    }
  }
  const proxies: TcpProxy[] = []
  return {
    election,
    async proxy() {
      const proxy = await startTcpProxy(Number(connection.server.port))
      proxies.push(proxy)
      return proxy
    },
    async [Symbol.asyncDispose]() {
      await group.stop()
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
      await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false'])
      await connection.close()
    },
  }
}

function replicaOf(program: Program, acted: () => Promise<number>): Replica {
  const said = (text: string): number => program.log().split(text).length - 1
  const betweenActs = (): boolean => said(ACT_BEGINS) === said(ACT_ENDED)
  const wait = (what: string, ask: () => Promise<boolean>): Promise<boolean> =>
    waitUntil(
      async () => {
        if (await ask()) return true
        if (program.ended !== undefined) throw new GiveUp(`${program.name}: ${program.ended}\n${lastWords(program)}`)
        return false
      },
      { what: `${program.name} to ${what}`, timeoutMs: PATIENCE_MS, everyMs: LOOK_EVERY_MS },
    )
  return {
    exitCode: program.exitCode,
    ended: () => program.ended !== undefined,
    signal: program.signal,
    async pause() {
      for (;;) {
        program.signal('SIGSTOP')
        await wait('stop', async () =>
          (await run('ps', ['-o', 'stat=', '-p', `${program.pid}`])).stdout.startsWith('T'),
        )
        if (betweenActs()) return
        // Until its act has ended: in the moment between two signals it would get no further.
        program.signal('SIGCONT')
        await wait('end its act', async () => betweenActs())
      }
    },
    said,
    async says(text, before = 0) {
      await wait(`say "${text}"`, async () => said(text) > before)
    },
    async acts(times = SEVERAL) {
      const before = await acted()
      await wait(`act ${times} times`, async () => (await acted()) >= before + times)
    },
  }
}

/** Those that wait before the one that leads, or one of them would take over from it. */
async function endAll(programs: readonly Program[]): Promise<void> {
  const leads = (program: Program): number => Number(program.log().includes(LEADS))
  for (const program of programs.filter(({ ended }) => ended === undefined).toSorted((a, b) => leads(a) - leads(b))) {
    program.signal('SIGTERM')
    const exitCode = await program.exitCode
    if (exitCode !== 0) throw new Error(`${program.name} ended with ${exitCode}\n${lastWords(program)}`)
  }
}

/** Every attempt counts, whatever became of it. */
function actsIn(calls: readonly AuditEvent[]): readonly Call[] {
  return calls.filter(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'configmaps').map(received)
}

function renewalsIn(calls: readonly AuditEvent[]): readonly Call[] {
  return calls
    .filter(({ verb, objectRef }) => ['create', 'patch'].includes(verb) && objectRef?.resource === 'leases')
    .filter(({ responseStatus: { code = 0 } = {} }) => code >= 200 && code < 300)
    .map(received)
}

function received({ userAgent, requestReceivedTimestamp }: AuditEvent): Call {
  // Date knows milliseconds only; the last three of the six digits are microseconds.
  const micros = Number(requestReceivedTimestamp.slice(-4, -1))
  return { by: userAgent, at: Date.parse(requestReceivedTimestamp) + micros / 1_000 }
}

/** A namespace whose account may write what a replica writes. */
function constituency(namespace: string) {
  const inNamespace = { name: ACCOUNT, namespace }
  const rbac = 'rbac.authorization.k8s.io'
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: inNamespace },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: inNamespace,
      rules: [
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'patch'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: inNamespace,
      roleRef: { apiGroup: rbac, kind: 'Role', name: ACCOUNT },
      subjects: [{ kind: 'ServiceAccount', ...inNamespace }],
    },
  ]
  return { apiVersion: 'v1', kind: 'List', items }
}

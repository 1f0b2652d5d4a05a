// One replica of a program of which only the leader may act: a process of its own, since only a process can be killed or
// paused. It is put together as the operator is; to act is to send one call, so that the API server's audit log shows it.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeClient } from '../../src/kube/client.ts'
import { createConnection, type KubeConnection } from '../../src/kube/connection.ts'
import type { Credentials } from '../../src/kube/credentials.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { LeaderElector, leaderIdentity } from '../../src/runtime/leader.ts'
import type { LeaseTimes } from '../../src/runtime/lease-times.ts'
import { Lifecycle } from '../../src/runtime/lifecycle.ts'
import { createLogger } from '../../src/runtime/log.ts'
import { CONFIG_MAPS } from './config-maps.ts'

export interface ReplicaSettings {
  /** Path of one that test/cluster/kubeconfig.ts wrote, with a token; its server is not used. */
  readonly kubeconfig: string
  /** The API server's own or a proxy's, `https://127.0.0.1:port`. */
  readonly server: string
  readonly namespace: string
  /** Of the Lease, and of the ConfigMap that the leader writes to. */
  readonly name: string
  /** How the audit log calls this replica. */
  readonly userAgent: string
  readonly times: LeaseTimes
  /** What Date.now() returns: so much more than the truth, or always the same. */
  readonly wallClock?: { readonly aheadMs: number } | 'stands still' | undefined
}

/** The environment variable that holds {@link ReplicaSettings} as JSON. */
export const REPLICA_SETTINGS = 'REPLICA_SETTINGS'

/** Logged before the replica looks whether it may act, and after it has. */
export const ACT_BEGINS = 'may this process act?'
export const ACT_ENDED = 'this process has acted if it might'

/** How often the leader acts: far more often than a lease changes hands, so that an overlap would be seen. */
const ACT_EVERY_MS = 100
/** An act that hangs must not keep the next one waiting for longer than a lease lasts. */
const ACT_TIMEOUT_MS = 1_000

async function main(settings: ReplicaSettings): Promise<void> {
  fakeWallClock(settings.wallClock)
  const { namespace, name, userAgent, times } = settings
  const credentials = await credentialsIn(settings.kubeconfig)
  const readCredentials = async (): Promise<Credentials> => credentials
  const connect = (): KubeConnection =>
    createConnection({ server: new URL(settings.server), namespace, credentials, readCredentials })
  const [leaseConnection, connection] = [connect(), connect()]
  const realClock = systemClock()
  const log = createLogger({ level: 'debug', format: 'json' })
  const lifecycle = new Lifecycle({ realClock, log })
  const elector = new LeaderElector({
    client: new KubeClient({ connection: leaseConnection, userAgent }),
    fieldManager: userAgent,
    namespace,
    name,
    identity: `${userAgent}_${leaderIdentity()}`,
    times,
    realClock,
    log,
  })
  elector.lost.addEventListener('abort', () => lifecycle.fail('the leader lease was lost'), { once: true })

  const client = new KubeClient({ connection, userAgent, timeoutMs: ACT_TIMEOUT_MS })
  const act = async (count: number): Promise<void> => {
    const patch = { data: { [userAgent]: String(count) } }
    await client.mergePatch(CONFIG_MAPS, { namespace, name }, patch, { fieldManager: userAgent })
  }
  const stop = new AbortController()
  let acting: Promise<void> | undefined
  const actOn = async (): Promise<void> => {
    for (let count = 1; !stop.signal.aborted; count++) {
      log.debug({}, ACT_BEGINS)
      if (elector.isLeader()) await act(count).catch((err: unknown) => log.warn({ err }, 'an act failed'))
      log.debug({}, ACT_ENDED)
      await sleep(ACT_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }

  await lifecycle.run([
    [
      {
        name: 'connections',
        start: async () => {},
        stop: async () => void (await Promise.all([leaseConnection.close(), connection.close()])),
      },
    ],
    [{ name: 'leadership', start: (options) => elector.acquire(options), stop: () => elector.release() }],
    [
      {
        name: 'acting',
        async start() {
          acting = actOn()
        },
        async stop() {
          stop.abort()
          await acting
        },
      },
    ],
  ])
}

/** Not by client-node, which takes twice as long to load as all the rest. */
async function credentialsIn(kubeconfig: string): Promise<Credentials> {
  const { clusters, users } = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64').toString()
  return { headers: { authorization: `Bearer ${users[0].user.token}` }, tls: { ca } }
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly 'certificate-authority-data': string } }]
  readonly users: readonly [{ readonly user: { readonly token: string } }]
}

function fakeWallClock(wallClock: ReplicaSettings['wallClock']): void {
  if (wallClock === undefined) return
  const truth = Date.now
  const start = truth()
  Date.now = wallClock === 'stands still' ? () => start : () => truth() + wallClock.aheadMs
}

if (import.meta.main) await main(JSON.parse(process.env[REPLICA_SETTINGS] ?? '') as ReplicaSettings)

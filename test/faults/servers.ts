// Two API servers on one etcd: a steady one, which knows the truth and takes the writes of others, and a brittle one with
// small limits, which is cut off from etcd, restarted and asked for history that is gone.
import type { KubeClient } from '../../src/kube/client.ts'
import type { ApiServer } from '../cluster/api-server.ts'
import { type Ground, layGround } from './ground.ts'

export interface Servers extends AsyncDisposable {
  readonly ground: Ground
  readonly steady: ApiServer
  readonly brittle: ApiServer
  /** Of the steady one. */
  readonly admin: KubeClient
}

/** What an API server answers to whatever etcd keeps it waiting for comes after this, instead of after a minute. */
export const IMPATIENT = '--request-timeout=2s'
/** At a time, at the brittle API server, for everybody but administrators. */
export const MOST_WRITES = 5
/**
 * Secrets are read and watched in etcd itself, not in the API server's memory of it, so that what is compacted there is
 * gone here.
 */
const BRITTLE_FLAGS = [
  IMPATIENT,
  '--enable-priority-and-fairness=false',
  `--max-mutating-requests-inflight=${MOST_WRITES}`,
  '--watch-cache-sizes=secrets#0',
]

export async function startServers(options: { readonly log: (line: string) => void }): Promise<Servers> {
  await using stack = new AsyncDisposableStack()
  const ground = stack.use(await layGround(options))
  // One after the other: the first makes what both expect in etcd.
  const steady = await ground.start('steady', ground.etcd.port, [])
  const brittle = await ground.start('brittle', ground.wayToEtcd.port, BRITTLE_FLAGS)
  const admin = await ground.adminOf(steady)
  const undo = stack.move()
  return { ground, steady, brittle, admin, [Symbol.asyncDispose]: () => undo.disposeAsync() }
}

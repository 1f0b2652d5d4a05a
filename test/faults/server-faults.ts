// What an API server does to its clients in the course of its life, on purpose and otherwise.
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../cluster/wait-until.ts'
import { Copies } from './copies.ts'
import { createThings, deleteThings } from './crd.ts'
import { holdWrites, jail, refuseWrites } from './refusals.ts'
import { CONFIG_MAPS, SECRETS, THINGS } from './resources.ts'
import { type Fault, passLandmark, type Scene } from './scene.ts'
import { MOST_WRITES } from './servers.ts'

const MOST_WAIT_MS = 60_000
/** Long enough for several tries at each thing. */
const LASTS_MS = 2_000
const SHORT_WATCHES_MS = 7_000
const GATEWAY_TIMEOUT = '504 Timeout'
const COMPACTIONS = 3
const MANY = 20_000
/** So many more came and went. */
const GONE = 2_000

/** Waits until the observer has met it, and then some. */
async function suffered({ observer }: Scene, failure: string): Promise<void> {
  await waitUntil(async () => observer.complaints.has(failure), { what: failure, timeoutMs: MOST_WAIT_MS })
  await sleep(LASTS_MS)
}

/** At the steady API server, each against an account of its own: they do not disturb one another. */
export const STEADY_FAULTS: readonly Fault[] = [
  {
    // As after 5 to 10 minutes. --min-request-timeout, the server's own limit, holds only for who does not say one.
    name: 'watches ended every 2 s',
    watchSeconds: 2,
    happen: () => sleep(SHORT_WATCHES_MS),
    mostReads: 10,
  },
  {
    name: '429 to every call',
    async happen(scene) {
      await using _ = await jail(scene)
      scene.network.cut()
      await suffered(scene, '429 TooManyRequests')
    },
    met: '429 TooManyRequests',
    mostReads: 30,
  },
  {
    name: '500 to every write',
    async happen(scene) {
      await using _ = await refuseWrites(scene)
      await suffered(scene, '500 InternalError')
    },
    met: '500 InternalError',
    mostReads: 5,
  },
  {
    name: 'a token that expires',
    async happen(scene) {
      // From when it is next read. The API server believes a token for ten more seconds, and a watch that has begun is never asked again.
      await scene.tenant.writeToken(scene.tenant.token(-57))
      await waitUntil(async () => scene.observer.complaints.has('401 Unauthorized'), {
        what: '401',
        timeoutMs: MOST_WAIT_MS,
      })
      scene.network.cut()
      await sleep(LASTS_MS)
      await scene.tenant.writeToken(scene.tenant.token(3600))
    },
    met: '401 Unauthorized',
    mostReads: 20,
  },
  {
    name: 'permission revoked and given back',
    async happen(scene) {
      await scene.tenant.unbind()
      scene.network.cut()
      await suffered(scene, '403 Forbidden')
      await scene.tenant.bind()
    },
    met: '403 Forbidden',
    mostReads: 20,
  },
  {
    name: 'CRD deleted and made again',
    resource: THINGS,
    prepare: ({ servers }) => createThings(servers.admin),
    async happen(scene) {
      // Nobody hears of the deletions.
      scene.network.refuse()
      scene.network.cut()
      await deleteThings(scene.servers.admin)
      await scene.network.restore()
      await suffered(scene, '404 NotFound')
      await createThings(scene.servers.admin)
    },
    met: '404 NotFound',
    mostReads: 20,
  },
]

/** Half of them are there at the start; more come, and some go, while nobody can look. */
export function manyObjects(): Fault {
  let copies: Copies | undefined
  return {
    name: `${MANY} objects`,
    async prepare({ servers, tenant }) {
      copies = await Copies.begin({ admin: servers.admin, etcd: servers.ground.etcd, namespace: tenant.namespace })
      await copies.growTo(MANY / 2)
    },
    async happen({ network, observer, servers, tenant: { namespace } }) {
      network.refuse()
      network.cut()
      await copies?.growTo(MANY + GONE)
      await copies?.shrinkTo(MANY)
      // A consistent read, after which the API server has heard of all of it.
      await servers.admin.list(CONFIG_MAPS, { namespace, limit: 1 })
      await network.restore()
      await waitUntil(async () => observer.store.size >= MANY, { what: 'all to be known', timeoutMs: MOST_WAIT_MS })
    },
    met: '0 Unreachable',
    mostReads: 80,
  }
}

/** At the brittle API server, one after the other: everybody there meets them. */
export const BRITTLE_FAULTS: readonly Fault[] = [
  {
    name: '429 to every write (--max-mutating-requests-inflight)',
    at: 'brittle',
    async happen(scene) {
      using _ = holdWrites(scene.servers.brittle, { tenant: scene.tenant, count: MOST_WRITES })
      await suffered(scene, '429 TooManyRequests')
    },
    met: '429 TooManyRequests',
    mostReads: 5,
  },
  {
    name: 'history compacted while away',
    at: 'brittle',
    resource: SECRETS,
    async happen(scene) {
      const { network, servers, observer } = scene
      for (let number = 1; number <= COMPACTIONS; number++) {
        await passLandmark(scene)
        network.refuse()
        network.cut()
        await sleep(LASTS_MS / 2)
        await servers.ground.etcd.compact()
        await network.restore()
        await waitUntil(async () => (observer.complaints.get('410 Expired') ?? 0) >= number, {
          what: 'the loss to be noticed',
          timeoutMs: MOST_WAIT_MS,
        })
      }
    },
    met: '410 Expired',
    mostReads: 50,
  },
  {
    name: 'API server restarted',
    at: 'brittle',
    resource: CONFIG_MAPS,
    happen: ({ servers }) => servers.brittle.restart('SIGTERM'),
    met: '0 Unreachable',
    mostReads: 30,
  },
  {
    // Watches are served from memory as if nothing were; only a call must ask etcd.
    name: '504 to every call (etcd cut off), from the start and again',
    at: 'brittle',
    beginsInTrouble: true,
    async prepare({ servers }) {
      const { wayToEtcd } = servers.ground
      wayToEtcd.refuse()
      wayToEtcd.cut()
    },
    async happen(scene) {
      const { network, servers, observer } = scene
      const { wayToEtcd } = servers.ground
      await suffered(scene, GATEWAY_TIMEOUT).finally(() => wayToEtcd.restore())
      await passLandmark(scene)
      // So that events are still on their way to the observer, and its writes for them meet the fault.
      network.delay(LASTS_MS / 4)
      await sleep(LASTS_MS)
      wayToEtcd.refuse()
      wayToEtcd.cut()
      network.delay(0)
      observer.complaints.delete(GATEWAY_TIMEOUT)
      await suffered(scene, GATEWAY_TIMEOUT).finally(() => wayToEtcd.restore())
    },
    met: GATEWAY_TIMEOUT,
    mostReads: 20,
  },
]

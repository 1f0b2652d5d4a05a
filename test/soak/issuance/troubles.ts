// What goes wrong in a soak, one after the other: SCM's answers, the ways to SCM and to the API server, the API server itself,
// passwords, and the operator's processes. Each is over when its function returns, but for what it has left behind.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultRule } from '../../simulators/sectigo/faults.ts'
import type { TcpProxy } from '../../support/tcp-proxy.ts'
import type { Chance } from './chance.ts'
import { type Ground, LONGEST_API_OUTAGE_MS } from './ground.ts'
import type { Replica } from './replica.ts'
import { rotatePassword, TENANTS } from './tenants.ts'

export interface Scene {
  readonly ground: Ground
  readonly replicas: readonly [Replica, ...Replica[]]
  readonly chance: Chance
}

export interface Trouble {
  readonly name: string
  happen(scene: Scene): Promise<void>
}

const ENROL = { method: 'POST', path: '/api/*/v1/enroll' }
const ANY = { path: '/api/*' }
/** Of one kind in a row; so that a whole back-off is seen, too. */
const MOST_SPOILED = 4
/** A call gives up after 0.5 s (a read) and 2 s (an order), and the answer comes before or after that. */
const SLOW_MS = [100, 4_000] as const

/** SCM's answers to the next calls. Returns at once: they come when they come. */
function answer(name: string, rule: (chance: Chance) => FaultRule): Trouble {
  return {
    name: `SCM: ${name}`,
    async happen({ ground, chance }) {
      const times = Math.ceil(chance.between(0, MOST_SPOILED))
      await ground.simulator.control.addFault({ times, ...rule(chance) })
    },
  }
}

const BUSY = { 'retry-after': '1' }
const HTML = { headers: { 'content-type': 'text/html' }, body: '<html><body>Bad Gateway</body></html>' }

const SCM_ANSWERS: readonly Trouble[] = [
  answer('the answer to an order is lost', () => ({ match: ENROL, cut: 'afterStoring' })),
  answer('half the answer to an order', () => ({ match: ENROL, cut: 'midAnswer' })),
  answer('an order does not arrive', () => ({ match: ENROL, cut: 'before' })),
  answer('502 to an order that was taken', () => ({ match: ENROL, status: 502, perform: true, ...HTML })),
  answer('an order takes long', (chance) => ({ match: ENROL, delayMs: Math.round(chance.between(...SLOW_MS)) })),
  answer('calls take long', (chance) => ({ match: ANY, delayMs: Math.round(chance.between(...SLOW_MS)) })),
  answer('no answer', () => ({ match: ANY, cut: 'before' })),
  answer('half an answer', () => ({ match: ANY, cut: 'midAnswer' })),
  answer('503 with Retry-After', () => ({ match: ANY, status: 503, headers: BUSY, body: 'busy' })),
  answer('429', () => ({ match: ANY, status: 429, headers: BUSY })),
  answer('500', () => ({ match: ANY, status: 500, body: { code: -1, description: 'Unknown error' } })),
  answer('502 with a page', () => ({ match: ANY, status: 502, ...HTML })),
  answer('200 with garbage', () => ({ match: ANY, status: 200, body: 'garbage' })),
]

/** What a network does. `ms`: how long, where it does not mend itself. */
const NETWORK: readonly (readonly [string, (way: TcpProxy, ms: number) => Promise<void> | void])[] = [
  ['connections are cut', (way) => way.cut()],
  ['connections hang for ever', (way) => way.stall()],
  [
    'is gone for a while',
    async (way, ms) => {
      way.refuse()
      way.cut()
      await sleep(ms)
      await way.restore()
    },
  ],
  [
    'swallows everything for a while',
    async (way, ms) => {
      way.blackHole()
      await sleep(ms)
      await way.restore()
    },
  ],
  [
    'is slow for a while',
    async (way, ms) => {
      way.delay(SLOW_WAY_MS)
      await sleep(ms)
      way.delay(0)
    },
  ],
]
const SLOW_WAY_MS = 150
const SCM_OUTAGE_MS = [1_000, 15_000] as const
const API_OUTAGE_MS = [500, LONGEST_API_OUTAGE_MS] as const

const NETWORK_TROUBLES: readonly Trouble[] = NETWORK.flatMap(([name, befall]) => [
  {
    name: `SCM: ${name}`,
    happen: async ({ ground, chance }) => befall(ground.wayToScm, chance.between(...SCM_OUTAGE_MS)),
  },
  {
    name: `API server: ${name}`,
    async happen({ replicas, chance }) {
      const ms = chance.between(...API_OUTAGE_MS)
      await Promise.all(replicas.map(({ wayToApiServer }) => befall(wayToApiServer, ms)))
    },
  },
])

const PASSWORD: Trouble = {
  name: 'a password changes at SCM, then in its Secret',
  happen: ({ ground, chance }) => rotatePassword(ground, chance.oneOf(TENANTS), chance),
}

/** Longer than the lease lasts, and than the 10 s in which a recorded order may be sent. */
const PAUSED_MS = 15_000

/** The leader's process, or the other one's. */
function process(
  name: string,
  whose: 'leader' | 'standby',
  befall: (replica: Replica) => Promise<void> | void,
): Trouble {
  return {
    name: `${whose}: ${name}`,
    async happen({ replicas }) {
      const replica = replicas.find(({ leads }) => leads === (whose === 'leader'))
      if (replica !== undefined) await befall(replica)
    },
  }
}

const paused = async (replica: Replica): Promise<void> => {
  replica.signal('SIGSTOP')
  await sleep(PAUSED_MS)
  replica.signal('SIGCONT')
}

const RESTARTS: readonly Trouble[] = [
  process('SIGTERM', 'leader', (replica) => replica.signal('SIGTERM')),
  process('SIGKILL', 'leader', (replica) => replica.signal('SIGKILL')),
  process('paused', 'leader', paused),
  process('SIGTERM', 'standby', (replica) => replica.signal('SIGTERM')),
  process('SIGKILL', 'standby', (replica) => replica.signal('SIGKILL')),
  { name: 'API server: SIGTERM', happen: ({ ground }) => ground.apiServer.restart('SIGTERM') },
  { name: 'API server: SIGKILL', happen: ({ ground }) => ground.apiServer.restart('SIGKILL') },
]

/** None that takes the leader's process or its lease. */
export const TROUBLES_OF_ONE_LEADER: readonly Trouble[] = [...SCM_ANSWERS, ...NETWORK_TROUBLES, PASSWORD]
/** Each restart twice, so that a short soak sees most of them. */
export const ALL_TROUBLES: readonly Trouble[] = [...TROUBLES_OF_ONE_LEADER, ...RESTARTS, ...RESTARTS]

/** What answers and networks are left with is mended. */
export async function mend({ ground, replicas }: Scene): Promise<void> {
  await ground.simulator.control.clearFaults()
  await Promise.all(
    [ground.wayToScm, ...replicas.map(({ wayToApiServer }) => wayToApiServer)].map((way) => way.restore()),
  )
}

// What a network does to a client: for each way to lose it, how it comes back.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Scene } from './scene.ts'

const MINUTES_AWAY_MS = 6_000
const CUTS = 10
const BETWEEN_CUTS_MS = 300
const SLOW_MS = 4_000
const LATER_MS = 500
const SWALLOWED_MS = 3_000

export interface NetworkFault extends Fault {
  happen(scene: Pick<Scene, 'network'>): Promise<void>
}

export const NETWORK_FAULTS: readonly NetworkFault[] = [
  {
    name: 'nobody there for three minutes',
    async happen({ network }) {
      network.refuse()
      network.cut()
      await sleep(MINUTES_AWAY_MS)
      await network.restore()
    },
    met: '0 Unreachable',
    mostReads: 20,
  },
  {
    name: 'connections cut again and again',
    async happen({ network }) {
      for (let cut = 0; cut < CUTS; cut++) {
        network.cut()
        await sleep(BETWEEN_CUTS_MS)
      }
    },
    met: '0 Unreachable',
    mostReads: 2 * CUTS + 5,
  },
  {
    name: 'every answer late',
    async happen({ network }) {
      network.delay(LATER_MS)
      network.cut()
      await sleep(SLOW_MS)
      network.delay(0)
    },
    mostReads: 10,
  },
  {
    // Until the kernel's keep-alive, after half a minute, finds nobody and resets.
    name: 'everything swallowed',
    async happen({ network }) {
      network.blackHole()
      await sleep(SWALLOWED_MS)
      network.cut()
      await network.restore()
    },
    met: '0 Unreachable',
    mostReads: 10,
  },
]

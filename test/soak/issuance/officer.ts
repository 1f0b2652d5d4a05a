// The PKI officer of a soak, who approves at SCM the orders that wait for it, or declines them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderSummary } from '../../simulators/sectigo/control.ts'
import type { Chance } from './chance.ts'
import type { Ground } from './ground.ts'

/** Of the orders that wait, in one look. */
const DECIDED = 0.2
const DECLINED = 0.1
/** What the CA refuses though it was approved. */
const REJECTED = 0.05
const OFFICER_LOOKS_EVERY_MS = 1_000
const WAITING = 'Requested'

export class Officer {
  readonly counts = { approved: 0, declined: 0, rejected: 0 }
  /** Once set, whatever waits is approved. */
  isKind = false
  readonly #ground: Ground
  readonly #chance: Chance

  constructor(ground: Ground, chance: Chance) {
    this.#ground = ground
    this.#chance = chance
  }

  async decide(signal: AbortSignal): Promise<void> {
    const { control } = this.#ground.simulator
    while (!signal.aborted) {
      for (const order of await control.orders()) if (order.status === WAITING) await this.#decideOn(order)
      await sleep(OFFICER_LOOKS_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #decideOn({ id }: OrderSummary): Promise<void> {
    const { control } = this.#ground.simulator
    const chance = this.#chance
    if (!this.isKind && !chance.happens(DECIDED)) return
    if (!this.isKind && chance.happens(DECLINED)) {
      await control.decline(id)
      this.counts.declined++
    } else if (!this.isKind && chance.happens(REJECTED)) {
      await control.reject(id)
      this.counts.rejected++
    } else {
      await control.approve(id)
      this.counts.approved++
    }
  }
}

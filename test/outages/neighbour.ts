// Somebody with another login at the same operator, who goes on asking and should notice nothing of an outage.
import { setTimeout as sleep } from 'node:timers/promises'
import { type CertificateRequest, certificateRequests } from '../../src/api/certificate-request.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import type { Place } from '../e2e/own-release/scene.ts'
import { ask, LOOK } from './requests.ts'

/** What is measured is a fraction of a second. */
const LOOK_CLOSELY = { ...LOOK, everyMs: 50 }
/** Between two requests: to be seen, not to be a burden. */
const PAUSE_MS = 500

export interface Neighbour {
  /**
   * How long certificates took that were asked for in this time: the middle one (real ms). From their approval, which is
   * cert-manager's and comes at its own pace, to their delivery.
   */
  usual(time: { readonly from: number; readonly to: number }): number
  /** Resolves when so many were served that were approved since then. */
  served(count: number, since: number): Promise<void>
  stop(): Promise<void>
}

export function startNeighbour(place: Place): Neighbour {
  const { client, namespace } = place
  const served: { readonly at: number; readonly ms: number }[] = []
  let stopped = false
  const goOn = async (): Promise<void> => {
    while (!stopped) {
      const name = `n-${Date.now()}`
      await ask(place, name)
      const has = (type: string) => async (): Promise<boolean> => {
        const { status } = await client.get<CertificateRequest>(certificateRequests, { name, namespace })
        return status?.conditions?.some((one) => one.type === type && one.status === 'True') === true
      }
      await waitUntil(has('Approved'), { what: 'a neighbour to be approved', ...LOOK_CLOSELY })
      const at = Date.now()
      await waitUntil(has('Ready'), { what: 'a neighbour to be served', ...LOOK_CLOSELY })
      served.push({ at, ms: Date.now() - at })
      await sleep(PAUSE_MS)
    }
  }
  const going = goOn()
  // Told to whoever stops it.
  going.catch(() => undefined)
  return {
    usual({ from, to }) {
      const times = served.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms)
      return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.POSITIVE_INFINITY
    },
    async served(count, since) {
      const enough = async (): Promise<boolean> => served.filter(({ at }) => at >= since).length >= count
      await waitUntil(enough, { what: 'a neighbour to be served', ...LOOK })
    },
    async stop() {
      stopped = true
      await going
    },
  }
}

import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { openOrder } from '../../test/support/known.ts'
import { MemoryKube } from '../../test/support/memory-kube.ts'
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { BackendError, type Candidate } from '../backends/backend.ts'
import { createLogger } from '../runtime/log.ts'
import { createMetrics } from '../runtime/metrics.ts'
import { Store } from '../runtime/store.ts'
import { showDoubledOrders } from './metrics.ts'
import { RepeatedOrders } from './repeated-orders.ts'
import { at, readyIssuer } from './testing/request-world.ts'

const HOUR = 3_600_000
const log = createLogger({ level: 'error', format: 'text', destination: { write: () => true } })
const signal = new AbortController().signal

let kube: MemoryKube
let clock: FakeClock
let orders: Store<CertificateOrder>
let emitted: { readonly reason: string; readonly note: string }[]
let find: () => Promise<readonly Candidate[]>
let searches: number
let repeated: RepeatedOrders
let key: string
beforeEach(() => {
  kube = new MemoryKube()
  clock = new FakeClock({ now: Date.now() })
  orders = new Store({ log })
  emitted = []
  searches = 0
  find = async () => [marked('812'), marked('813')]
  const issuers = new Store<SectigoIssuer>({ log })
  issuers.upsert(readyIssuer('public-ov'))
  repeated = new RepeatedOrders({
    client: kube.client as never,
    requests: new Store({ log, indexes: { order: () => [] } }),
    orders,
    issuers,
    clusterIssuers: new Store({ log }),
    events: { emit: (event) => void emitted.push(event) },
    clock,
    operatorClass: '',
    connections: {
      connect: async () => {
        const backend = {
          async find() {
            searches++
            return { outcome: 'searched', candidates: await find() }
          },
        }
        return { backend } as never
      },
    },
  })
  const startedAt = at(clock.now())
  const order = kube.put(certificateOrders, openOrder({ attempts: [{ number: 2, startedAt, outcome: 'Accepted' }] }))
  orders.upsert(order)
  key = `${order.metadata.namespace}/${order.metadata.name}`
})

const marked = (id: string): Candidate => ({
  remote: { id, attributes: {} },
  match: 'marker',
  requestedOn: undefined,
})
const reconcile = () => repeated.reconcile(key, { signal, log })
const conditions = () => orders.get(key)?.status?.conditions?.map(({ type, message }) => [type, message])

describe('an order that was placed again', () => {
  it('is looked for an hour and a day later, and a second one is told once', async () => {
    const { requeueAfterMs = 0 } = await reconcile()
    expect([searches, requeueAfterMs > HOUR - 2_000, requeueAfterMs <= HOUR]).toEqual([0, true, true])
    await clock.advance(HOUR)
    await reconcile()
    expect(conditions()).toEqual([['OrderedTwice', expect.stringMatching(/^Order 812 is followed, but .* has 813 /)]])
    expect(emitted.map(({ reason }) => reason)).toEqual(['OrderedTwice'])
    await clock.advance(23 * HOUR)
    await reconcile()
    expect(await reconcile()).toEqual({})
    expect([searches, emitted.length]).toEqual([2, 1])

    const metrics = createMetrics()
    showDoubledOrders(metrics, { orders })
    expect(await metrics.render()).toContain('certwright_doubled_orders 1')
  })

  it('is looked for again soon when the CA cannot be asked', async () => {
    await clock.advance(HOUR)
    find = async () => {
      throw new BackendError('Unreachable', 'refused')
    }
    expect(await reconcile()).toEqual({ requeueAfterMs: 300_000 })
    find = async () => [marked('812')]
    await reconcile()
    expect([searches, conditions(), emitted]).toEqual([2, undefined, []])
  })
})

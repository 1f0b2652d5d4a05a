import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { KubeClient } from '../kube/client.ts'
import { createLogger } from '../runtime/log.ts'
import { WorkQueue } from '../runtime/queue.ts'
import { createCaches } from './caches.ts'
import { wakeRequests } from './waking.ts'

const MINUTE = 60_000

const request = (uid: string): CertificateRequest => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'CertificateRequest',
  metadata: { name: 'shop-1', namespace: 'shop', uid, resourceVersion: uid, creationTimestamp: '2026-11-23T12:00:00Z' },
  spec: { request: '', issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'public-ov' } },
})

describe('a request that is made again under the same name', () => {
  it('is not kept waiting for what failed before it', async () => {
    const clock = new FakeClock()
    const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } })
    const client = {} as KubeClient
    const caches = createCaches({ client, clock, realClock: clock, log, clusterResourceNamespace: 'certwright' })
    const queue = new WorkQueue({ clock, random: () => 0 })
    wakeRequests(queue, { forget: () => {}, recordGone: () => {} }, caches)
    const fails = async (): Promise<void> => {
      const key = await queue.get()
      if (key === undefined) throw new TypeError('the queue is open')
      queue.addRateLimited(key)
      queue.done(key)
    }
    caches.requests.upsert(request('1'))
    for (let n = 0; n < 10; n++) {
      await fails()
      await clock.advance(5 * MINUTE)
    }
    caches.requests.remove('shop/shop-1')
    caches.requests.upsert(request('2'))
    await fails()
    expect(queue.depth).toBe(0)
    await clock.advance(1_000)
    expect(queue.depth).toBe(1)
  })
})

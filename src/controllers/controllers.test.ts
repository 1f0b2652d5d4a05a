import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { uncheckedIssuer } from '../../test/support/issuer.ts'
import { createLogger } from '../runtime/log.ts'
import { createMetrics } from '../runtime/metrics.ts'
import { createCaches } from './caches.ts'
import { type ControllersOptions, createControllers } from './controllers.ts'

const MINUTE = 60_000

function setUp(connect: () => Promise<never>) {
  const clock = new FakeClock()
  const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } })
  const client = {} as ControllersOptions['client']
  const shared = { client, clock, realClock: clock, log, clusterResourceNamespace: 'certwright' }
  const caches = createCaches(shared)
  const controllers = createControllers({
    ...shared,
    caches,
    connections: { connect, forget: () => undefined } as Partial<ControllersOptions['connections']> as never,
    events: {} as ControllersOptions['events'],
    lifecycle: {} as ControllersOptions['lifecycle'],
    isLeader: () => true,
    leadingSince: () => 0,
    metrics: createMetrics(),
    operatorClass: '',
    clusterName: '',
    workers: 1,
    orderRetentionMs: 0,
  })
  return { clock, caches, controllers }
}

describe('the controllers', () => {
  it('are alive until a worker is stuck in a reconcile that ignores its time-out', async () => {
    const { clock, caches, controllers } = setUp(() => new Promise<never>(() => undefined))
    const { signal } = new AbortController()
    for (const part of controllers.parts) await part.start({ signal })
    caches.clusterIssuers.upsert(uncheckedIssuer({ name: 'scm', spec: { url: 'https://scm.example/api' } }))
    await clock.advance(10 * MINUTE)
    expect(controllers.check()).toBeUndefined()
    await clock.advance(1)
    expect(controllers.check()).toBe('sectigoclusterissuer is in one reconcile for more than 10 minutes')
  })
})

import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import type { KubeClient } from '../kube/client.ts'
import { createLogger } from '../runtime/log.ts'
import { createCaches } from './caches.ts'

/** An API server that answers lists of everything but `hanging`, and says nothing on watches. */
function serverBut(hanging: string): Pick<KubeClient, 'list' | 'watch'> {
  const never = (signal: AbortSignal | undefined) =>
    new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  return {
    list: async ({ plural }: { plural: string }, { signal }: { signal?: AbortSignal } = {}) =>
      plural === hanging ? never(signal) : { items: [], resourceVersion: '1' },
    watch: (_resource: unknown, { signal }: { signal: AbortSignal }) => ({
      [Symbol.asyncIterator]: () => ({ next: () => never(signal) }),
    }),
  } as unknown as Pick<KubeClient, 'list' | 'watch'>
}

function setUp(hanging = '') {
  const realClock = new FakeClock()
  const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } })
  const caches = createCaches({
    client: serverBut(hanging),
    clock: new FakeClock(),
    realClock,
    log,
    clusterResourceNamespace: 'certwright',
  })
  return { realClock, caches }
}

describe('the caches', () => {
  it('have started when each is filled, and are ready then', async () => {
    const { realClock, caches } = setUp()
    expect(caches.check()).toBe('not filled yet')
    await caches.part.start({ signal: new AbortController().signal })
    expect(caches.check()).toBeUndefined()
    expect(realClock.pending).toBe(0)
    await caches.part.stop()
  })

  it('that are not all filled within two minutes fail the start', async () => {
    const { realClock, caches } = setUp('secrets')
    let failure: unknown
    const starting = caches.part.start({ signal: new AbortController().signal }).catch((error: unknown) => {
      failure = error
    })
    await realClock.advance(119_999)
    expect([failure, caches.check()]).toEqual([undefined, 'not filled yet'])
    await realClock.advance(1)
    await starting
    expect(failure).toMatchObject({ message: 'the caches did not fill up within 120 s' })
    await caches.part.stop()
  })

  it('stop waiting when the process is told to go', async () => {
    const { realClock, caches } = setUp('secrets')
    const going = new AbortController()
    const starting = caches.part.start({ signal: going.signal })
    going.abort(new Error('the process is shutting down'))
    await expect(starting).rejects.toThrow('shutting down')
    expect(realClock.pending).toBe(0)
    await caches.part.stop()
  })
})

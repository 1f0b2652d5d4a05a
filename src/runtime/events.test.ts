import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { KubeError } from '../kube/errors.ts'
import type { KubeObject } from '../kube/resource.ts'
import { type Event, type EventNote, EventRecorder, type EventRecorderOptions } from './events.ts'
import { createLogger } from './log.ts'

const thing: KubeObject = {
  apiVersion: 'example.dev/v1',
  kind: 'Thing',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'uid-1',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
}
const clusterThing: KubeObject = {
  ...thing,
  metadata: { name: 'all', uid: 'uid-2', resourceVersion: '8', creationTimestamp: '2026-01-01T00:00:00Z' },
}

function note(overrides: Partial<EventNote> = {}): EventNote {
  return {
    regarding: thing,
    type: 'Normal',
    reason: 'Placed',
    action: 'Submit',
    note: 'order 42 is placed',
    ...overrides,
  }
}

type Verdict = KubeError | 'hang' | undefined

function setUp() {
  const clock = new FakeClock()
  const created: Event[] = []
  const patched: { name: string; series: unknown }[] = []
  const lines: Record<string, unknown>[] = []
  let calls = 0
  const server = { verdict: (_call: number): Verdict => undefined }
  const answer = async (signal: AbortSignal | undefined): Promise<void> => {
    const verdict = server.verdict(++calls)
    if (verdict === 'hang') {
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    if (verdict instanceof KubeError) throw verdict
  }
  const client: EventRecorderOptions['client'] = {
    async create(_resource, object, { signal }) {
      await answer(signal)
      created.push(object as unknown as Event)
      return object as never
    },
    async mergePatch(_resource, ref, patch, { signal }) {
      await answer(signal)
      patched.push({ name: ref.name, series: (patch as unknown as Event).series })
      return patch as never
    },
  }
  const recorder = new EventRecorder({
    client,
    fieldManager: 'tests',
    reportingController: 'example.dev/operator',
    reportingInstance: 'pod-1',
    clock,
    log: createLogger({
      level: 'debug',
      format: 'json',
      destination: { write: (line) => void lines.push(JSON.parse(line)) },
    }),
  })
  const flush = (): Promise<void> => recorder.flush({ signal: new AbortController().signal })
  return { clock, created, patched, lines, server, recorder, flush, calls: () => calls }
}

function failure(status: number, reason: string, retryAfterMs?: number): KubeError {
  return new KubeError({ status, reason, message: reason, answered: status !== 0, retryAfterMs })
}

describe('emit', () => {
  it('creates an event in the object’s namespace with all that the API server asks for', async () => {
    const { recorder, flush, created } = setUp()
    recorder.emit(note())
    await flush()
    expect(created).toEqual([
      {
        metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/), namespace: 'shop' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.dev/operator',
        reportingInstance: 'pod-1',
        action: 'Submit',
        reason: 'Placed',
        regarding: {
          apiVersion: 'example.dev/v1',
          kind: 'Thing',
          name: 'web',
          namespace: 'shop',
          uid: 'uid-1',
          resourceVersion: '7',
        },
        note: 'order 42 is placed',
        type: 'Normal',
      },
    ])
  })

  it('puts events of cluster-scoped objects into default', async () => {
    const { recorder, flush, created } = setUp()
    recorder.emit(note({ regarding: clusterThing }))
    await flush()
    expect(created[0]?.metadata.namespace).toBe('default')
    expect(created[0]?.regarding).not.toHaveProperty('namespace')
  })

  it('keeps the order of emission and its time, however late it is sent', async () => {
    const { clock, recorder, flush, created, server } = setUp()
    server.verdict = (call) => (call === 1 ? failure(503, 'ServiceUnavailable', 5_000) : undefined)
    recorder.emit(note({ reason: 'First' }))
    await clock.advance(1_000)
    recorder.emit(note({ reason: 'Second' }))
    await clock.advance(10_000)
    await flush()
    expect(created.map(({ reason, eventTime }) => [reason, eventTime])).toEqual([
      ['First', '2026-01-01T00:00:00.000000Z'],
      ['Second', '2026-01-01T00:00:01.000000Z'],
    ])
  })

  it('cuts a note to 1,024 bytes without breaking a character', async () => {
    const { recorder, flush, created } = setUp()
    recorder.emit(note({ note: 'ü€😀'.repeat(300) }))
    recorder.emit(note({ note: 'a'.repeat(1_024) }))
    await flush()
    const [long = '', exact = ''] = created.map((event) => event.note)
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(1_024)
    expect(Buffer.byteLength(long)).toBeGreaterThan(1_016)
    expect(long).toMatch(/[ü€😀]\.\.\.$/u)
    expect(long).not.toContain('\uFFFD')
    expect(exact).toHaveLength(1_024)
  })

  it('makes a valid name from a very long one', async () => {
    const { recorder, flush, created } = setUp()
    const name = `${'a'.repeat(235)}.${'b'.repeat(17)}`
    recorder.emit(note({ regarding: { ...thing, metadata: { ...thing.metadata, name } } }))
    await flush()
    expect(created[0]?.metadata.name).toMatch(/^a{235}\.[0-9a-f]{16}$/)
  })
})

describe('repetition', () => {
  it('is a series on the first event, not a second one', async () => {
    const { clock, recorder, flush, created, patched } = setUp()
    recorder.emit(note())
    await flush()
    await clock.advance(60_000)
    recorder.emit(note())
    await flush()
    recorder.emit(note({ note: 'order 43 is placed' }))
    await flush()
    expect(created).toHaveLength(2)
    expect(patched).toEqual([
      { name: created[0]?.metadata.name, series: { count: 2, lastObservedTime: '2026-01-01T00:01:00.000000Z' } },
    ])
  })

  it('before the first was sent goes with it', async () => {
    const { recorder, flush, created, patched } = setUp()
    recorder.emit(note({ reason: 'Busy' }))
    recorder.emit(note())
    recorder.emit(note())
    recorder.emit(note())
    await flush()
    expect(created[1]?.series).toEqual({ count: 3, lastObservedTime: '2026-01-01T00:00:00.000000Z' })
    expect(patched).toEqual([])
  })

  it('of an event that the API server has forgotten makes it anew', async () => {
    const { recorder, flush, created, patched, server } = setUp()
    recorder.emit(note())
    await flush()
    server.verdict = (call) => (call === 2 ? failure(404, 'NotFound') : undefined)
    recorder.emit(note())
    await flush()
    expect(patched).toEqual([])
    expect(created.map(({ series }) => series?.count)).toEqual([undefined, 2])
    expect(created[0]?.metadata.name).not.toBe(created[1]?.metadata.name)
  })
})

describe('trouble', () => {
  it('that passes is tried again under the same name, and an answer lost on the way makes no second event', async () => {
    const { clock, recorder, flush, lines, calls, server } = setUp()
    server.verdict = (call) => [failure(0, 'Timeout'), failure(409, 'AlreadyExists')][call - 1]
    recorder.emit(note())
    await clock.advance(1_000)
    await flush()
    expect([calls(), lines]).toEqual([2, []])
  })

  it('that lasts is one warning, and the next event has its chance', async () => {
    const { clock, recorder, flush, created, lines, server } = setUp()
    server.verdict = (call) => (call <= 3 ? failure(500, 'InternalError') : undefined)
    recorder.emit(note({ reason: 'Unlucky' }))
    recorder.emit(note({ reason: 'Lucky' }))
    await clock.advance(10_000)
    await flush()
    expect(created.map(({ reason }) => reason)).toEqual(['Lucky'])
    expect(lines).toEqual([expect.objectContaining({ level: 'warn', reason: 'Unlucky' })])
  })

  it('that asks for an hour does not hold up the other events for longer than a minute', async () => {
    const { clock, recorder, created, server } = setUp()
    server.verdict = (call) => (call === 1 ? failure(429, 'TooManyRequests', 3_600_000) : undefined)
    recorder.emit(note({ reason: 'First' }))
    recorder.emit(note({ reason: 'Second' }))
    await clock.advance(59_999)
    expect(created).toEqual([])
    await clock.advance(1)
    expect(created.map(({ reason }) => reason)).toEqual(['First', 'Second'])
  })

  it('that is a refusal is not tried again', async () => {
    const { recorder, flush, calls, lines, server } = setUp()
    server.verdict = () => failure(403, 'Forbidden')
    recorder.emit(note())
    await flush()
    expect([calls(), lines.length]).toEqual([1, 1])
  })

  it('fills the queue only to its bound', async () => {
    const { clock, recorder, lines, server, created } = setUp()
    server.verdict = (call) => (call === 1 ? failure(503, 'ServiceUnavailable', 60_000) : undefined)
    for (let number = 0; number < 1_500; number++) {
      const metadata = { ...thing.metadata, namespace: `ns-${number % 5}`, uid: `uid-${number}` }
      recorder.emit(note({ regarding: { ...thing, metadata } }))
    }
    expect(lines).toHaveLength(499)
    await clock.advance(60_000)
    await recorder.flush({ signal: new AbortController().signal })
    expect(created).toHaveLength(1_001)
  })

  it('leaves room beside a namespace that has too much to say', async () => {
    const { recorder, flush, lines, created } = setUp()
    const about = (namespace: string, number: number) =>
      note({ regarding: { ...thing, metadata: { ...thing.metadata, namespace, uid: `uid-${number}` } } })
    for (let number = 0; number < 2_000; number++) recorder.emit(about('flood', number))
    recorder.emit(about('modest', 1))
    await flush()
    expect(created.map(({ metadata }) => metadata.namespace)).toContain('modest')
    expect([created.length, lines.length]).toEqual([252, 1_749])
  })
})

describe('flush', () => {
  it('gives up when its signal aborts, drops the rest and never rejects', async () => {
    const { clock, recorder, lines, calls, server } = setUp()
    server.verdict = () => 'hang'
    recorder.emit(note({ reason: 'First' }))
    recorder.emit(note({ reason: 'Second' }))
    const stop = new AbortController()
    const flushing = recorder.flush({ signal: stop.signal })
    await clock.advance(0)
    stop.abort(new Error('out of time'))
    await flushing
    expect(calls()).toBe(1)
    expect(lines.map(({ level, reason }) => [level, reason])).toEqual([
      ['debug', 'First'],
      ['debug', 'Second'],
    ])
    recorder.emit(note({ reason: 'Late' }))
    await recorder.flush({ signal: stop.signal })
    expect(calls()).toBe(1)
  })

  it('resolves at once when there is nothing to send', async () => {
    await setUp().flush()
  })
})

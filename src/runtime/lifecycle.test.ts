import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { DrainingError } from './critical-sections.ts'
import { Lifecycle, type Part } from './lifecycle.ts'
import { createLogger } from './log.ts'

/** A process that notes its exit code and lives on. */
class FakeProcess extends EventEmitter {
  readonly exits: number[] = []

  exit(code: number): void {
    this.exits.push(code)
  }
}

function setUp() {
  const clock = new FakeClock()
  const fake = new FakeProcess()
  const lines: Record<string, unknown>[] = []
  const log = createLogger({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  })
  const lifecycle = new Lifecycle({ realClock: clock, log, process: fake })
  const story: string[] = []
  const part = (name: string, overrides: Partial<Part> = {}): Part => ({
    name,
    start: async () => void story.push(`start ${name}`),
    stop: async () => void story.push(`stop ${name}`),
    ...overrides,
  })
  return { clock, process: fake, lines, lifecycle, story, part }
}

describe('an orderly end', () => {
  it('starts groups in order, stops them in reverse, exits 0', async () => {
    const { clock, process, lifecycle, story, part } = setUp()
    const running = lifecycle.run([[part('health')], [part('lease')], [part('issuers'), part('requests')]])
    await clock.advance(60_000)
    expect(story).toEqual(['start health', 'start lease', 'start issuers', 'start requests'])
    expect([lifecycle.draining, lifecycle.check()]).toEqual([false, undefined])
    story.length = 0
    process.emit('SIGTERM')
    expect([lifecycle.draining, lifecycle.check()]).toEqual([true, 'the process is shutting down'])
    expect(await running).toBe(0)
    expect(story).toEqual(['stop issuers', 'stop requests', 'stop lease', 'stop health'])
    expect(process.exits).toEqual([0])
    expect(clock.pending).toBe(0)
  })

  it.each(['SIGTERM', 'SIGINT'])('waits on %s for a part that takes its time', async (signal) => {
    const { clock, process, lifecycle, story, part } = setUp()
    const slow = part('slow', { stop: () => clock.sleep(149_000) })
    const running = lifecycle.run([[part('lease')], [slow]])
    await clock.advance(0)
    process.emit(signal)
    await clock.advance(148_999)
    expect(process.exits).toEqual([])
    expect(story).not.toContain('stop lease')
    await clock.advance(1)
    expect(await running).toBe(0)
    expect(story).toContain('stop lease')
  })

  it('cuts off a start that waits, and stops what was begun', async () => {
    const { clock, process, lifecycle, story, part } = setUp()
    const standby = part('lease', { start: ({ signal }) => clock.sleep(1_000_000_000, { signal }) })
    const running = lifecycle.run([[part('health')], [standby], [part('requests')]])
    await clock.advance(10_000)
    process.emit('SIGTERM')
    expect(await running).toBe(0)
    expect(story).toEqual(['start health', 'stop lease', 'stop health'])
  })
})

describe('a start that ends late', () => {
  it('is waited for before anything is stopped', async () => {
    const { clock, process, lifecycle, story, part } = setUp()
    const late = part('lease', {
      start: async () => {
        await clock.sleep(3_000)
        story.push('start lease')
      },
    })
    const running = lifecycle.run([[late], [part('requests')]])
    await clock.advance(1_000)
    process.emit('SIGTERM')
    await clock.advance(2_000)
    expect(await running).toBe(0)
    expect(story).toEqual(['start lease', 'stop lease'])
  })
})

describe('critical sections', () => {
  it('are finished before the lease is given back and the process exits', async () => {
    const { clock, process, lifecycle, story, part } = setUp()
    const running = lifecycle.run([[part('lease')], [part('requests')]])
    await clock.advance(0)
    const section = lifecycle.runCritical('submit a', async () => {
      await clock.sleep(120_000)
      story.push('recorded')
      return 'id'
    })
    process.emit('SIGTERM')
    await clock.advance(119_999)
    expect(story.at(-1)).toBe('stop requests')
    await clock.advance(1)
    expect([await section, await running]).toEqual(['id', 0])
    expect(story.slice(-3)).toEqual(['stop requests', 'recorded', 'stop lease'])
  })

  it('are not begun once the process drains, whatever the cause', async () => {
    const { lifecycle, part } = setUp()
    const running = lifecycle.run([[part('requests')]])
    lifecycle.fail('lease lost')
    await expect(lifecycle.runCritical('submit a', async () => 'id')).rejects.toThrow(DrainingError)
    expect(await running).toBe(1)
  })

  it('also survive a lost lease', async () => {
    const { clock, process, lifecycle, story, part } = setUp()
    const running = lifecycle.run([[part('lease')], [part('requests')]])
    await clock.advance(0)
    void lifecycle.runCritical('submit a', async () => {
      await clock.sleep(50_000)
      story.push('recorded')
    })
    lifecycle.fail('lease lost')
    await clock.advance(49_999)
    expect(process.exits).toEqual([])
    await clock.advance(1)
    expect(await running).toBe(1)
    expect(story).toContain('recorded')
  })
})

describe('a bad end', () => {
  it('comes when the grace period is over: exit 1, and the lease is not given back', async () => {
    const { clock, process, lifecycle, story, part, lines } = setUp()
    const running = lifecycle.run([[part('lease')], [part('requests')]])
    await clock.advance(0)
    void lifecycle.runCritical('submit a', () => new Promise(() => {}))
    process.emit('SIGTERM')
    await clock.advance(150_000)
    expect(await running).toBe(1)
    expect(story).not.toContain('stop lease')
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', criticalSections: ['submit a'] }))
  })

  it('comes at once with the second signal', async () => {
    const { clock, process, lifecycle, part } = setUp()
    void lifecycle.run([[part('stuck', { stop: () => new Promise(() => {}) })]])
    await clock.advance(0)
    process.emit('SIGTERM')
    await clock.advance(10)
    expect(process.exits).toEqual([])
    process.emit('SIGINT')
    expect(process.exits).toEqual([1])
  })

  it('does not come at once when the first signal meets a drain that had another cause', async () => {
    const { clock, process, lifecycle, part } = setUp()
    const running = lifecycle.run([[part('slow', { stop: () => clock.sleep(5_000) })]])
    await clock.advance(0)
    lifecycle.fail('lease lost')
    process.emit('SIGTERM')
    await clock.advance(4_999)
    expect(process.exits).toEqual([])
    await clock.advance(1)
    expect(await running).toBe(1)
  })

  it('comes when a part cannot start: the begun ones are stopped, exit 1', async () => {
    const { process, lifecycle, story, part, lines } = setUp()
    const broken = part('metrics', { start: () => Promise.reject(new Error('address in use')) })
    expect(await lifecycle.run([[part('health')], [broken], [part('requests')]])).toBe(1)
    expect(story).toEqual(['start health', 'stop metrics', 'stop health'])
    expect(lines[0]).toMatchObject({ level: 'fatal', part: 'metrics', err: { message: 'address in use' } })
    expect(process.exits).toEqual([1])
  })

  it('comes when a part cannot be stopped, but the others are', async () => {
    const { clock, process, lifecycle, story, part } = setUp()
    const broken = part('requests', { stop: () => Promise.reject(new Error('no')) })
    const running = lifecycle.run([[part('lease')], [broken]])
    await clock.advance(0)
    process.emit('SIGTERM')
    expect(await running).toBe(1)
    expect(story).toContain('stop lease')
  })

  it.each(['uncaughtException', 'unhandledRejection'])('comes at once with an %s', async (bug) => {
    const { clock, process, lifecycle, part, lines } = setUp()
    void lifecycle.run([[part('requests')]])
    await clock.advance(0)
    process.emit(bug, new TypeError('x is not a function'))
    expect(process.exits).toEqual([1])
    expect(lines.at(-1)).toMatchObject({ level: 'fatal', bug, err: { message: 'x is not a function' } })
  })
})

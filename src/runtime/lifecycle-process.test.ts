// A process under the lifecycle, as kubelet sees it: probes, signals, exit codes, and what its log says last.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Command, SmallOperatorOptions } from '../../test/support/small-operator.ts'

const PROGRAM = fileURLToPath(new URL('../../test/support/small-operator.ts', import.meta.url))

/** A test that goes wrong ends by its own time-out and not by this. */
const LONG_MS = 60_000

type Line = { readonly level: string; readonly msg: string } & Readonly<Record<string, unknown>>

class SmallOperator {
  readonly lines: Line[] = []
  readonly exitCode: Promise<number | null>
  readonly #child: ChildProcess

  constructor(options: Partial<SmallOperatorOptions> = {}) {
    const all: SmallOperatorOptions = { address: '127.0.0.1:0', graceMs: LONG_MS, stuckMs: LONG_MS, ...options }
    this.#child = fork(PROGRAM, [JSON.stringify(all)], { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    if (this.#child.stdout === null) throw new Error('the program has no stdout')
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(JSON.parse(line)))
    // Not `exit`: what it wrote last must have been read.
    this.exitCode = once(this.#child, 'close').then(([code]) => code as number | null)
  }

  get messages(): string[] {
    return this.lines.filter(({ level }) => level !== 'debug').map(({ msg }) => msg)
  }

  says(message: string): Promise<void> {
    return expect.poll(() => this.messages).toContain(message)
  }

  async working(): Promise<this> {
    await this.says('health is served')
    this.tell({ do: 'fill' })
    await this.says('working')
    return this
  }

  tell(command: Command): void {
    this.#child.send(command)
  }

  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  get address(): string {
    return String(this.lines.find(({ msg }) => msg === 'health is served')?.['address'])
  }

  async get(path: string, { withinMs = LONG_MS } = {}): Promise<{ status: number; body: string }> {
    const answer = await fetch(`http://${this.address}${path}`, { signal: AbortSignal.timeout(withinMs) })
    return { status: answer.status, body: await answer.text() }
  }
}

function start(options?: Partial<SmallOperatorOptions>): SmallOperator {
  const operator = new SmallOperator(options)
  onTestFinished(async () => {
    operator.signal('SIGKILL')
    await operator.exitCode
  })
  return operator
}

/** A loaded machine takes seconds to start a process. */
describe('a process', { timeout: 60_000 }, () => {
  it('is alive from the first moment, ready when its caches are filled, and goes in order on SIGTERM', async () => {
    const operator = start()
    await operator.says('health is served')
    expect(await operator.get('/healthz')).toEqual({ status: 200, body: 'ok\n' })
    expect(await operator.get('/readyz')).toEqual({ status: 503, body: 'caches: not filled yet\n' })
    await operator.working()
    expect(await operator.get('/readyz')).toEqual({ status: 200, body: 'ok\n' })
    operator.tell({ do: 'submit' })
    await operator.says('submitting')
    operator.signal('SIGTERM')
    await operator.says('shutting down')
    expect(await operator.get('/readyz')).toEqual({ status: 503, body: 'lifecycle: the process is shutting down\n' })
    expect(await operator.get('/healthz')).toMatchObject({ status: 200 })
    operator.tell({ do: 'record' })
    expect(await operator.exitCode).toBe(0)
    expect(operator.messages.slice(-4)).toEqual(['shutting down', 'recorded', 'lease given back', 'exiting'])
  })

  it('does not answer its probe while the event loop is blocked, which is on the metrics afterwards', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'blocked-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const until = join(folder, 'go-on')
    const operator = await start().working()
    operator.tell({ do: 'block', until })
    await operator.says('blocking')
    await expect(operator.get('/healthz', { withinMs: 500 })).rejects.toThrow('timeout')
    await writeFile(until, '')
    expect(await operator.get('/healthz')).toMatchObject({ status: 200 })
    const { body } = await operator.get('/metrics')
    expect(Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(body)?.[1])).toBeGreaterThan(0.4)
  })

  it('is not alive with a stuck worker, and exits within the grace period all the same, its lease kept', async () => {
    const operator = await start({ stuckMs: 300, graceMs: 300 }).working()
    operator.tell({ do: 'wedge' })
    await expect.poll(() => operator.get('/healthz')).toEqual({ status: 503, body: 'workers: stuck\n' })
    const { body } = await operator.get('/metrics')
    expect(body).toContain('controller_runtime_reconcile_timeouts_total{controller="things"} 1\n')
    expect(body).toContain('controller_runtime_active_workers{controller="things"} 1\n')
    operator.tell({ do: 'submit' })
    await operator.says('submitting')
    operator.signal('SIGTERM')
    expect(await operator.exitCode).toBe(1)
    expect(operator.lines.at(-2)).toMatchObject({ level: 'error', graceMs: 300, criticalSections: ['submit'] })
    expect(operator.messages).not.toContain('lease given back')
  })

  it('exits at once on a second signal, its lease kept', async () => {
    const operator = await start().working()
    operator.tell({ do: 'submit' })
    await operator.says('submitting')
    operator.signal('SIGINT')
    await operator.says('shutting down')
    operator.signal('SIGTERM')
    expect(await operator.exitCode).toBe(1)
    expect(operator.lines.at(-1)).toMatchObject({ msg: 'second signal, exiting at once', criticalSections: ['submit'] })
  })

  it.each([
    ['reject', 'unhandledRejection', 'nobody waits for this'],
    ['throw', 'uncaughtException', 'a bug'],
  ] as const)('exits at once by a bug (%s), with the reason on its last line', async (command, bug, message) => {
    const operator = start()
    await operator.says('health is served')
    operator.tell({ do: command })
    expect(await operator.exitCode).toBe(1)
    expect(operator.lines.at(-1)).toMatchObject({ level: 'fatal', bug, err: { message, stack: expect.any(String) } })
  })

  it('exits with a reason when its port is taken, and on SIGTERM also while its caches are not filled', async () => {
    const waiting = start()
    await waiting.says('health is served')
    const second = start({ address: waiting.address })
    expect(await second.exitCode).toBe(1)
    expect(second.lines[0]).toMatchObject({ level: 'fatal', part: 'health', err: { code: 'EADDRINUSE' } })
    waiting.signal('SIGTERM')
    expect(await waiting.exitCode).toBe(0)
    expect(waiting.messages).not.toContain('lease given back')
  })
})

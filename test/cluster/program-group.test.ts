// Nothing that a test started may be left on the machine, however the test process ended.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lastWords, ProgramGroup } from './program-group.ts'
import { isRunning } from './running.ts'
import { waitUntil } from './wait-until.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certwright-group-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('ProgramGroup', () => {
  it('ends its programs and removes its folder', async () => {
    const group = new ProgramGroup(folder)
    const programs = [group.start('one', 'sleep', ['1000']), group.start('two', 'sleep', ['1000'])]
    expect(programs.map((program) => isRunning(program.pid))).toEqual([true, true])
    await group.stop()
    expect(programs.map((program) => isRunning(program.pid))).toEqual([false, false])
    expect(existsSync(folder)).toBe(false)
  })

  it('tells how a program ended and what it said', async () => {
    const group = new ProgramGroup(folder)
    const program = group.start('failing', 'sh', ['-c', 'echo no such thing >&2; exit 3'])
    expect(await waitUntil(async () => program.ended, { what: 'the end', timeoutMs: 10_000 })).toBe('exit code 3')
    expect(lastWords(program)).toBe('no such thing')
    await group.stop()
  })

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('leaves nothing when its owner gets %s', async (signal) => {
    const { owner, pid } = await startOwner()
    owner.kill(signal)
    await waitUntil(async () => !isRunning(pid) && !existsSync(folder), { what: 'nothing left', timeoutMs: 10_000 })
  })

  it('leaves nothing when its owner ends by itself', async () => {
    const { owner, pid } = await startOwner()
    owner.stdin.end()
    await waitUntil(async () => !isRunning(pid) && !existsSync(folder), { what: 'nothing left', timeoutMs: 10_000 })
  })

  it('lets released programs live on', async () => {
    const group = new ProgramGroup(folder)
    group.start('one', 'sleep', ['1000'])
    const { one = 0 } = group.release()
    expect(isRunning(one)).toBe(true)
    process.kill(one, 'SIGKILL')
  })
})

/** A process with a group of one program; ends, without stopping it, when its standard input does. */
async function startOwner() {
  const program = `
    const { ProgramGroup } = await import(${JSON.stringify(new URL('program-group.ts', import.meta.url).href)})
    console.log(new ProgramGroup(${JSON.stringify(folder)}).start('one', 'sleep', ['1000']).pid)
    process.stdin.resume().on('end', () => process.exit())`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  for await (const line of createInterface(owner.stdout)) return { owner, pid: Number(line) }
  throw new Error('the owner ended early')
}

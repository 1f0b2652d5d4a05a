// The lock must never be held twice, and never be stuck behind a process that is gone.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireLock } from './lock.mjs'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certwright-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('acquireLock', () => {
  it('lets one through at a time', async () => {
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        const release = await acquireLock(join(folder, 'lock'))
        most = Math.max(most, ++inside)
        await new Promise(setImmediate)
        inside--
        await release()
      }),
    )
    expect(most).toBe(1)
  })

  it('says whom it waits for', async () => {
    const release = await acquireLock(join(folder, 'lock'))
    const { promise: holder, resolve: onWait } = Promise.withResolvers<string>()
    const second = acquireLock(join(folder, 'lock'), { onWait })
    expect(await holder).toBe(String(process.pid))
    await release()
    await (await second)()
  })

  it('stops waiting when aborted', async () => {
    const release = await acquireLock(join(folder, 'lock'))
    const aborting = new AbortController()
    const waiting = acquireLock(join(folder, 'lock'), {
      signal: aborting.signal,
      onWait: () => aborting.abort(new Error('enough')),
    })
    await expect(waiting).rejects.toThrow('enough')
    await release()
  })

  it('passes from a killed process to exactly one of many waiting processes at a time', async () => {
    const holder = holdLock(join(folder, 'lock'), join(folder, 'log'), 3600_000)
    await once(holder.stdout, 'data')
    const waiting = Array.from({ length: 4 }, () => holdLock(join(folder, 'lock'), join(folder, 'log'), 20))
    holder.kill('SIGKILL')
    await Promise.all(waiting.map((child) => once(child, 'exit')))
    const log = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n')
    expect(log).toHaveLength(1 + 2 * waiting.length)
    // After the killed holder's `in`, each `in` is followed by the `out` of the same process.
    for (let i = 1; i < log.length; i += 2) expect(log[i + 1]).toBe(log[i]?.replace('in', 'out'))
  })
})

/** A process that takes the lock, writes `in <pid>`, holds on for a while, writes `out <pid>` and lets go. */
function holdLock(lock: string, log: string, holdMs: number) {
  const program = `
    import { appendFileSync } from 'node:fs'
    const { acquireLock } = await import(${JSON.stringify(new URL('lock.mjs', import.meta.url).href)})
    const release = await acquireLock(${JSON.stringify(lock)})
    appendFileSync(${JSON.stringify(log)}, 'in ' + process.pid + '\\n')
    console.log('held')
    await new Promise((resolve) => setTimeout(resolve, ${holdMs}))
    appendFileSync(${JSON.stringify(log)}, 'out ' + process.pid + '\\n')
    await release()`
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
}

// One process at a time, across processes, with nothing but a file system. Plain JavaScript, because the bootstrap uses it
// before any dependency (or the pinned Node) is there.
//
// The lock is a folder of numbered tickets; whoever wrote the highest one holds it, until the ticket says `free` or its
// process is gone. A ticket is made by link(2), which fails when the number is taken, and the highest one is never deleted:
// so two waiters that see the same dead holder cannot both win, which is what happens with a lock file that is removed.
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** How often a waiter looks again, in milliseconds: short beside an installation or a build, cheap enough for minutes. */
const LOOK_AGAIN_MS = 200

const FREE = 'free'

/**
 * Waits until the lock is ours.
 * @param {string} folder made when missing; used for nothing else
 * @param {{ onWait?: (holder: string) => void, signal?: AbortSignal }} [options] `onWait` is called once, with the holder's pid
 * @returns {Promise<() => Promise<void>>} gives the lock back; may be called twice
 */
export async function acquireLock(folder, { onWait, signal } = {}) {
  await mkdir(folder, { recursive: true })
  const mine = `${process.pid} ${await startTimeOf(process.pid)} ${Math.random().toString(36).slice(2)}`
  for (let waited = false; ; ) {
    signal?.throwIfAborted()
    const highest = Math.max(0, ...(await ticketsIn(folder)))
    const holder = highest === 0 ? FREE : (await readFile(join(folder, `${highest}`), 'utf8').catch(() => FREE)).trim()
    if (holder === FREE || !(await isAlive(holder))) {
      if (await take(folder, highest + 1, mine)) return () => giveBack(folder, highest + 1)
      continue
    }
    if (!waited) onWait?.(holder.split(' ')[0] ?? '')
    waited = true
    // Aborted: the loop's head throws the reason itself.
    await sleep(LOOK_AGAIN_MS, undefined, signal ? { signal } : {}).catch(() => undefined)
  }
}

/**
 * When a process started, in the kernel's ticks since boot; empty where there is no /proc. Tells a process from a later one
 * with the same pid, which is common in containers.
 * @param {number} pid
 * @returns {Promise<string>}
 */
export async function startTimeOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name in brackets and may hold blanks; the start time is the 20th after it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

/** @param {string} holder `pid start-time nonce` */
async function isAlive(holder) {
  const [pid, startTime] = holder.split(' ')
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
  return (await startTimeOf(Number(pid))) === startTime
}

async function ticketsIn(folder) {
  return (await readdir(folder)).map(Number).filter(Number.isInteger)
}

async function take(folder, number, content) {
  const draft = join(folder, `draft-${process.pid}-${Math.random().toString(36).slice(2)}`)
  await writeFile(draft, content)
  try {
    await link(draft, join(folder, `${number}`))
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
  for (const older of await ticketsIn(folder)) {
    if (older < number) await rm(join(folder, `${older}`), { force: true })
  }
  return true
}

async function giveBack(folder, number) {
  const draft = join(folder, `draft-${process.pid}-${Math.random().toString(36).slice(2)}`)
  await writeFile(draft, FREE)
  await rename(draft, join(folder, `${number}`))
}

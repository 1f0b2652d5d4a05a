// What a process holds in memory, as its machine counts it. Linux only.
import { readFile } from 'node:fs/promises'

const KIB_PER_MIB = 1024

/** Resident set of a process. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  if (kib === undefined) throw new Error(`process ${pid} does not say how much memory it has`)
  return Math.round(Number(kib) / KIB_PER_MIB)
}

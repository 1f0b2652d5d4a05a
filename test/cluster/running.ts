// Whether a process of this machine still runs.
import { readFileSync } from 'node:fs'

/** A process that has ended but was not yet collected by its parent (in a container that may take a while) does not run. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The state follows the program's name, which is in brackets and may hold blanks.
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z'
  } catch {
    // Not Linux.
    return true
  }
}

// What the kernel knows of a process: its memory and its connections. Linux, as everything here.
import { readdir, readFile, readlink } from 'node:fs/promises'

export interface ProcessView {
  readonly rssMib: number
  /** Established connections, by the port on 127.0.0.1 that they lead to. */
  readonly connectionsTo: ReadonlyMap<number, number>
}

const KIB_PER_MIB = 1024
/** TCP_ESTABLISHED in /proc/net/tcp. */
const ESTABLISHED = '01'
const SOCKET = /^socket:\[(\d+)\]$/

/** Undefined when it is gone. */
export async function viewOf(pid: number): Promise<ProcessView | undefined> {
  try {
    const [status, connections, inodes] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/net/tcp`, 'utf8'),
      socketsOf(pid),
    ])
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
    if (rss === undefined) return undefined
    return { rssMib: Number(rss) / KIB_PER_MIB, connectionsTo: countByPort(connections, inodes) }
  } catch {
    return undefined
  }
}

async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const descriptors = await readdir(`/proc/${pid}/fd`)
  // One may be closed between the two looks.
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return new Set(targets.flatMap((target) => SOCKET.exec(target)?.[1] ?? []))
}

/** Columns of /proc/net/tcp (proc_pid_net(5)): number, local and remote `address:port` in hex, state, ..., inode. */
function countByPort(table: string, inodes: ReadonlySet<string>): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const line of table.split('\n').slice(1)) {
    const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/)
    if (state !== ESTABLISHED || !inodes.has(inode)) continue
    const port = Number.parseInt(remote.split(':')[1] ?? '', 16)
    counts.set(port, (counts.get(port) ?? 0) + 1)
  }
  return counts
}

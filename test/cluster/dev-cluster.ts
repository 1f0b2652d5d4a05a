// The development cluster of this checkout: what is running, kept in .run/cluster, and how to end it.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { startTimeOf } from '../tools/lock.mjs'
import { root } from '../tools/root.ts'
import type { Cluster } from './cluster.ts'
import type { Leftovers } from './provider.ts'
import { removeContainer } from './provider-kind.ts'
import { isRunning } from './running.ts'
import { waitUntil } from './wait-until.ts'

export const devClusterFolder = join(root, '.run', 'cluster')
const stateFile = join(devClusterFolder, 'cluster.json')

const State = z.object({
  provider: z.enum(['kubeconfig', 'assets', 'kind', 'go']),
  kubeconfig: z.string(),
  binaries: z.string(),
  folder: z.string(),
  auditLog: z.string().optional(),
  /** The start time tells a program from a later one with its pid. */
  programs: z.array(z.object({ name: z.string(), pid: z.int(), startTime: z.string() })),
  containerId: z.string().optional(),
})
export type DevCluster = z.infer<typeof State>

/** Giving back hundreds of megabytes takes a moment. */
const KILLED_MS = 10_000

/** What was started here last, running or not; undefined when nothing was, or it was ended. */
export async function readDevCluster(): Promise<DevCluster | undefined> {
  if (!existsSync(stateFile)) return undefined
  return State.parse(JSON.parse(await readFile(stateFile, 'utf8')))
}

export async function writeDevCluster(cluster: Cluster, { pids = {}, containerId }: Leftovers): Promise<DevCluster> {
  const programs = await Promise.all(
    Object.entries(pids).map(async ([name, pid]) => ({ name, pid, startTime: await startTimeOf(pid) })),
  )
  const { provider, kubeconfig, binaries, folder, auditLog } = cluster
  const state: DevCluster = { provider, kubeconfig, binaries, folder, auditLog, programs, containerId }
  await mkdir(folder, { recursive: true })
  await writeFile(stateFile, JSON.stringify(state, null, 2))
  return state
}

/** The names of its programs that do not run any more. */
export async function endedPrograms({ programs }: DevCluster): Promise<string[]> {
  const running = await Promise.all(programs.map(isStillRunning))
  return programs.filter((_, i) => !running[i]).map(({ name }) => name)
}

/** Ends what still runs and removes every trace. */
export async function endDevCluster(cluster: DevCluster | undefined): Promise<void> {
  for (const program of cluster?.programs ?? []) {
    if (!(await isStillRunning(program))) continue
    process.kill(program.pid, 'SIGKILL')
    await waitUntil(async () => !isRunning(program.pid), {
      what: `${program.name} to end`,
      timeoutMs: KILLED_MS,
      everyMs: 10,
    })
  }
  if (cluster?.containerId !== undefined) await removeContainer(cluster.containerId)
  await rm(devClusterFolder, { recursive: true, force: true })
}

async function isStillRunning({ pid, startTime }: DevCluster['programs'][number]): Promise<boolean> {
  return isRunning(pid) && (await startTimeOf(pid)) === startTime
}

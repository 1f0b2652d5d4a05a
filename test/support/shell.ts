// Runs shell commands as a person would who has a cluster: kubectl and helm on PATH, KUBECONFIG set, in the repository.
import { delimiter } from 'node:path'
import { type Cluster, clientEnvironment } from '../cluster/cluster.ts'
import { type RunResult, run } from '../cluster/run.ts'
import { root } from '../tools/root.ts'

/** Longer than any wait in the documentation. */
const COMMANDS_MS = 180_000

/** @throws {RunError} as soon as one command fails */
export function runShell(
  cluster: Cluster,
  commands: string,
  env: Readonly<Record<string, string>>,
): Promise<RunResult> {
  const client = clientEnvironment(cluster)
  const PATH = [cluster.binaries, client['PATH']].join(delimiter)
  return run('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: root,
    env: { ...client, PATH, ...env },
    timeoutMs: COMMANDS_MS,
  })
}

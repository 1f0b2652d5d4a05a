// Installs the chart and runs its operator beside the cluster, against a simulator: the same for end-to-end tests and the demo.
import { join } from 'node:path'
import type { Cluster } from '../cluster/cluster.ts'
import { type Operator, type OperatorOptions, startOperator } from '../cluster/operator.ts'
import { root } from '../tools/root.ts'

export const CHART = join(root, 'charts', 'certwright')

export interface InstallOptions {
  readonly cluster: Cluster
  readonly release: string
  readonly namespace: string
  /** `host:port` that issuers may name. */
  readonly allowedHost: string
  /** `name=value` each, as for `helm --set`. */
  readonly values?: readonly string[]
}

/** `helm install`, as the README has it. */
export async function installChart({
  cluster,
  release,
  namespace,
  allowedHost,
  values = [],
}: InstallOptions): Promise<void> {
  const settings = [`allowedHosts={${allowedHost}}`, ...values].flatMap((value) => ['--set', value])
  await cluster.helm(['install', release, CHART, '--namespace', namespace, '--create-namespace', ...settings])
}

export type RunOptions = Pick<OperatorOptions, 'extraArgs' | 'env'> & { readonly timeScale?: number }

/** The operator of an installed release, ready. `timeScale` makes every wait that many times shorter. */
export async function runOperator(
  { cluster, release, namespace }: Pick<InstallOptions, 'cluster' | 'release' | 'namespace'>,
  { timeScale = 1, extraArgs = [], env = {} }: RunOptions = {},
): Promise<Operator> {
  const operator = await startOperator({
    cluster,
    namespace,
    release,
    extraArgs: [`--time-scale=${timeScale}`, ...extraArgs],
    env,
  })
  await operator.ready()
  return operator
}

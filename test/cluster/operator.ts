// Runs the operator as a host process with the chart's ServiceAccount, permissions, arguments and environment: what a Pod of
// its Deployment would be, in a cluster that has no nodes. The Deployment's own Pods stay Pending there.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { root } from '../tools/root.ts'
import type { Cluster } from './cluster.ts'
import { Deployment, hostCommand } from './deployment-command.ts'
import { statusOf } from './http-probe.ts'
import { freePort } from './ports.ts'
import { lastWords, ProgramGroup } from './program-group.ts'
import { GiveUp, waitUntil } from './wait-until.ts'

export interface OperatorOptions {
  readonly cluster: Cluster
  /** Where the chart is installed. */
  readonly namespace: string
  /** Needed only where the namespace holds several releases of the chart. */
  readonly release?: string
  /** Path of the kubeconfig that it uses in place of a new one with a token of its ServiceAccount. */
  readonly kubeconfig?: string
  /** `--name=value` each; instead of the Deployment's of the same name. */
  readonly extraArgs?: readonly string[]
  /** Added to the container's environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Operator {
  readonly pid: number
  /** `http://127.0.0.1:port`, without a path. */
  readonly healthUrl: string
  readonly metricsUrl: string
  /** Resolves when it has ended by itself or was stopped. */
  readonly exitCode: Promise<number>
  /** Every whole line it has written, also after its end. */
  logs(): string[]
  /** Waits until /readyz answers 200. @throws with its last lines when it ends before */
  ready(): Promise<void>
  /** Asks it to end and waits for that; its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number>
  /** SIGKILL: it gets no chance to do anything more. */
  kill(): Promise<void>
}

/** Two seconds on an idle machine; ready means that every cache is filled and SIGTERM would be handled. */
const READY_MS = 120_000

const DeploymentList = z.object({ items: z.array(Deployment) })

/** Starts it; {@link Operator.ready} waits. It ends with this process at the latest. Needs dist/certwright.js. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { cluster, namespace, extraArgs = [] } = options
  const deployment = await findDeployment(options)
  const podName = `${deployment.metadata.name}-host-${randomUUID().slice(0, 8)}`
  const account = deployment.spec.template.spec.serviceAccountName
  const health = `127.0.0.1:${await freePort()}`
  const metrics = `127.0.0.1:${await freePort()}`
  const { args, env } = hostCommand(deployment, podName, [
    `--kubeconfig=${options.kubeconfig ?? (await cluster.serviceAccountKubeconfig(namespace, account))}`,
    `--health-address=${health}`,
    `--metrics-address=${metrics}`,
    ...extraArgs,
  ])
  const group = new ProgramGroup(join(cluster.folder, 'operators', podName))
  const bundle = join(root, 'dist', 'certwright.js')
  // Nothing of this process's environment: a Pod has none of it.
  const program = group.start('certwright', process.execPath, [bundle, ...args], {
    PATH: process.env['PATH'],
    ...env,
    ...options.env,
  })
  let finalLog: string | undefined
  const exitCode = program.exitCode.then(async (code) => {
    finalLog = program.log()
    await group.stop()
    return code
  })
  const healthUrl = `http://${health}`
  return {
    pid: program.pid,
    healthUrl,
    metricsUrl: `http://${metrics}`,
    exitCode,
    // What follows the last line end is being written.
    logs: () =>
      (finalLog ?? program.log())
        .split('\n')
        .slice(0, -1)
        .filter((line) => line !== ''),
    async ready() {
      const answers = async (): Promise<boolean> => {
        if (program.ended === undefined) return (await statusOf(`${healthUrl}/readyz`)) === 200
        await exitCode
        throw new GiveUp(`the operator ended before it was ready: ${program.ended}\n${finalLog?.slice(-2000)}`)
      }
      await waitUntil(answers, { what: 'the operator to be ready', timeoutMs: READY_MS }).catch((error: unknown) => {
        if (error instanceof GiveUp) throw error
        throw new Error(`the operator is not ready after ${READY_MS / 1000} s\n${lastWords(program)}`, { cause: error })
      })
    },
    stop(signal = 'SIGTERM') {
      program.signal(signal)
      return exitCode
    },
    async kill() {
      program.signal('SIGKILL')
      await exitCode
    },
  }
}

async function findDeployment({ cluster, namespace, release }: OperatorOptions): Promise<Deployment> {
  const selector = ['app.kubernetes.io/name=certwright', ...(release ? [`app.kubernetes.io/instance=${release}`] : [])]
  const query = ['get', 'deployments', '--selector', selector.join(','), '-o', 'json']
  const { stdout } = await cluster.kubectl(['-n', namespace, ...query])
  const [deployment, ...more] = DeploymentList.parse(JSON.parse(stdout)).items
  if (deployment === undefined) throw new Error(`no Deployment with ${selector.join(',')} in namespace ${namespace}`)
  if (more.length > 0) throw new Error(`several releases of the chart in namespace ${namespace}: name one`)
  return deployment
}

// A second release of the chart with a class, a simulator and operators of its own, for tests that kill, pause or starve
// an operator: the shared one and whoever uses it notice nothing.
import { randomUUID } from 'node:crypto'
import { expect, onTestFailed } from 'vitest'
import type { Lease } from '../../../src/runtime/lease.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Operator } from '../../cluster/operator.ts'
import { freePort } from '../../cluster/ports.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { type Simulator, startSimulator } from '../../simulators/sectigo/simulator.ts'
import { callsOf } from '../../support/audit.ts'
import { useCluster } from '../../support/cluster.ts'
import { installChart, type RunOptions, runOperator } from '../../support/install.ts'
import { CLIENT, issuer, isTrue, LOGIN, secret, type World, worldOf } from '../world.ts'

export interface OwnRelease {
  readonly name: string
  /** The release's namespace. */
  readonly namespace: string
  readonly operatorClass: string
  readonly simulator: Simulator
  /** Its issuers point at the release's own simulator. */
  readonly world: World
  /** Starts one more operator and waits until it is ready; a leader it becomes when it can. */
  operator(options?: RunOptions): Promise<Operator>
  /** A new namespace with a Ready issuer `scm` of the release's class, and a Secret for either kind of login; an operator must run. */
  readyIssuer(name: string, spec?: Readonly<Record<string, unknown>>): Promise<string>
  lease(): Promise<Lease | undefined>
  /** Ends those operators that still run, in order, so that the lease is free at once. Fails unless each exits with 0. */
  stopOperators(): Promise<void>
  uninstall(): Promise<void>
}

/**
 * Values for a release in which a leader is killed and another one waits until its lease ends. It is the smallest that a loaded
 * machine can still renew in time. A release without these has the chart's own: nothing restarts an operator that lost its lease.
 */
export const SHORT_LEASE = Object.entries({ leaseDuration: '6s', renewDeadline: '5s', retryPeriod: '400ms' }).map(
  ([field, value]) => `leaderElection.${field}=${value}`,
)

/** A lease changes hands within its duration; the rest is for a loaded machine. */
export const TAKEOVER_MS = 60_000

export async function installOwnRelease(
  name: string,
  {
    values = [],
    hosts = [],
    cluster = useCluster(),
  }: { readonly values?: readonly string[]; readonly hosts?: readonly string[]; readonly cluster?: Cluster } = {},
): Promise<OwnRelease> {
  const release = `${name}-${randomUUID().slice(0, 6)}`
  // While it is away nobody may take its port, neither for a connection nor because any will do.
  const simulator = await startSimulator({ port: await freePort() })
  const world = worldOf(cluster, { namespace: release, simulator }, simulator.control)
  const target = { cluster, release, namespace: release }
  await installChart({
    ...target,
    allowedHost: [new URL(simulator.origin).host, ...hosts].join(','),
    values: [`operatorClass=${release}`, 'crds.enabled=false', ...values],
  })
  const running = new Set<Operator>()
  const stopOperators = async (): Promise<void> => {
    const exitCodes = await Promise.all([...running].map((operator) => operator.stop()))
    expect(exitCodes.filter((exitCode) => exitCode !== 0)).toEqual([])
  }
  return {
    ...target,
    name: release,
    operatorClass: release,
    simulator,
    world,
    async operator(options = {}) {
      const operator = await runOperator(target, options)
      running.add(operator)
      void operator.exitCode.then(() => running.delete(operator))
      return operator
    },
    async readyIssuer(prefix, spec = {}) {
      const namespace = await world.namespace(prefix)
      await world.apply(
        secret(namespace, 'scm', { password: LOGIN.password, ...CLIENT }),
        issuer(world, { name: 'scm', namespace }, { operatorClass: release, ...spec }),
      )
      await world.ready('sectigoissuer', 'scm', namespace, isTrue)
      return namespace
    },
    lease: () => world.get<Lease>('lease', `certwright-${release}`, release),
    stopOperators,
    async uninstall() {
      await stopOperators()
      // Neither a crash nor an outage made it try what it may not.
      const calls = await callsOf(cluster, { namespace: release, name: `${release}-certwright` })
      const forbidden = calls.filter(
        ({ responseStatus }) => responseStatus?.code === 401 || responseStatus?.code === 403,
      )
      expect({ forbidden, made: calls.length > 0 }).toEqual({ forbidden: [], made: true })
      await cluster.helm(['uninstall', release, '--namespace', release])
      await cluster.kubectl(['delete', 'namespace', release, '--wait=false'])
      await simulator.close()
    },
  }
}

/** Waits until the operator's log has a line that holds `text`. */
export async function logged(operator: Operator, text: string, times = 1): Promise<void> {
  const said = async (): Promise<boolean> => operator.logs().filter((line) => line.includes(text)).length >= times
  await waitUntil(said, { what: `the operator to log "${text}"`, timeoutMs: TAKEOVER_MS })
}

export const LEADS = 'this process leads'

/** Has this operator become the leader? */
export function leads(operator: Operator): boolean {
  return operator.logs().some((line) => line.includes(LEADS))
}

/** Shows what the operators of a failed test had to say. */
export function showLogsOnFailure(...operators: readonly Operator[]): void {
  onTestFailed(() => {
    for (const operator of operators) process.stderr.write(`operator ${operator.pid}:\n${operator.logs().join('\n')}\n`)
  })
}

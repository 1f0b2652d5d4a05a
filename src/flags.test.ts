import { describe, expect, it } from 'vitest'
import { FlagError } from './flag-values.ts'
import { readFlags, usage } from './flags.ts'

function flags(args: readonly string[], env: Record<string, string> = {}) {
  const invocation = readFlags(args, env)
  if (invocation.run !== 'operator') throw new Error('expected flags')
  return invocation.flags
}

describe('readFlags', () => {
  it('has defaults for everything', () => {
    expect(flags([])).toEqual({
      kubeconfig: undefined,
      clusterResourceNamespace: undefined,
      allowedHosts: ['cert-manager.com', '*.cert-manager.com', '*.sectigo.com'],
      allowedProxies: [],
      clusterName: '',
      operatorClass: '',
      leaderElect: true,
      leaderElectionNamespace: undefined,
      leaseDuration: 15_000,
      renewDeadline: 10_000,
      retryPeriod: 2_000,
      healthAddress: ':8081',
      metricsAddress: ':8080',
      logLevel: 'info',
      logFormat: 'json',
      workers: 16,
      orderRetention: 720 * 3_600_000,
      timeScale: 1,
    })
  })

  it('takes a flag before its environment variable before the default', () => {
    expect(flags(['--log-level=debug'], { CERTWRIGHT_LOG_LEVEL: 'warn' }).logLevel).toBe('debug')
    expect(flags([], { CERTWRIGHT_LOG_LEVEL: 'warn' }).logLevel).toBe('warn')
    expect(flags([], { CERTWRIGHT_LEADER_ELECT: 'false' }).leaderElect).toBe(false)
  })

  it('takes lists with commas, repeated, or both', () => {
    expect(flags(['--allowed-hosts', 'a.example, b.example:8443', '--allowed-hosts=[::1]:443']).allowedHosts).toEqual([
      'a.example',
      'b.example:8443',
      '[::1]:443',
    ])
  })

  it('reads durations as Go writes them, and a bare --leader-elect', () => {
    const read = flags([
      '--leader-elect',
      '--leader-election-lease-duration=1m30s',
      '--leader-election-retry-period',
      '500ms',
    ])
    expect(read).toMatchObject({ leaderElect: true, leaseDuration: 90_000, retryPeriod: 500 })
  })

  it('leaves namespaces to the operator when they are empty', () => {
    expect(flags([], { CERTWRIGHT_CLUSTER_RESOURCE_NAMESPACE: '' }).clusterResourceNamespace).toBeUndefined()
  })

  it.each<[string[], RegExp]>([
    [['--log-levle=debug'], /^Unknown option '--log-levle'; see --help$/],
    [['operator'], /^Unexpected argument 'operator'/],
    [['--log-level'], /--log-level/],
    [
      ['--log-level=loud'],
      /^--log-level \(or CERTWRIGHT_LOG_LEVEL\) is "loud", but must be one of debug, info, warn, error$/,
    ],
    [['--log-level=info', '--log-level=debug'], /^--log-level is given more than once$/],
    [['--leader-elect=yes'], /must be one of true, false/],
    [['--workers=0'], /must be a whole number from 1 to 256/],
    [['--workers=1.5'], /whole number/],
    [['--workers=1e2'], /whole number/],
    [['--order-retention=30d'], /must be a duration/],
    [['--time-scale=0.5'], /number from 1 to/],
    [['--leader-election-lease-duration=15'], /must be a duration such as 15s or 1m30s/],
    [['--leader-election-lease-duration=-15s'], /must be a duration/],
    [['--leader-election-lease-duration=5s'], /must be longer than --leader-election-renew-deadline/],
    [['--leader-election-lease-duration=15500ms'], /^--leader-election-lease-duration must be whole seconds/],
    [['--leader-election-retry-period=11s'], /must be longer than --leader-election-retry-period/],
    [['--leader-election-renew-deadline=2100ms'], /must be longer than --leader-election-retry-period times 1\.2$/],
    [['--allowed-hosts=https://cert-manager.com/api'], /without https:\/\/ and without a path/],
    [['--health-address=8081'], /must be 0, :PORT or HOST:PORT/],
    [['--metrics-address=:99999'], /must be 0, :PORT or HOST:PORT/],
  ])('says in one line what is wrong with %j', (args, message) => {
    expect(() => readFlags(args, {})).toThrow(FlagError)
    expect(() => readFlags(args, {})).toThrow(message)
    expect(() => readFlags(args, {})).not.toThrow(/\n/)
  })

  it('knows help and version', () => {
    expect(readFlags(['--help'], {})).toEqual({ run: 'help' })
    expect(readFlags(['--version'], {})).toEqual({ run: 'version' })
    expect(usage()).toMatch(/--cluster-resource-namespace NAMESPACE/)
  })
})

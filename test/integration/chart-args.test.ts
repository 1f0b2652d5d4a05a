// The flags that the chart passes are the ones the operator knows, and say what the values say.
import { describe, expect, inject, it } from 'vitest'
import { type Flags, readFlags, usage } from '../../src/flags.ts'
import { valuesSchema } from '../chart/chart-files.ts'
import { render } from '../chart/helm.ts'
import { podSpec } from '../chart/manifests.ts'
import { BARE, EVERYTHING } from '../chart/value-sets.ts'

const binaries = inject('binaries')

async function argsOf(values: object): Promise<readonly string[]> {
  return podSpec(await render({ binaries, values })).containers[0].args
}

async function flagsOf(values: object): Promise<Flags> {
  return operatorFlags(await argsOf(values))
}

/** What the operator takes `args` for. Throws when they do not start it. */
function operatorFlags(args: readonly string[]): Flags {
  const invocation = readFlags(args, {})
  if (invocation.run !== 'operator') throw new Error(`${args.join(' ')} does not run the operator`)
  return invocation.flags
}

describe('the operator’s command line', () => {
  it('by default has everything that the operator needs to know', async () => {
    expect(await argsOf({})).toEqual([
      '--cluster-resource-namespace=certwright-system',
      '--leader-elect=true',
      '--leader-election-namespace=certwright-system',
      '--leader-election-lease-duration=15s',
      '--leader-election-renew-deadline=10s',
      '--leader-election-retry-period=2s',
      '--health-address=:8081',
      '--metrics-address=:8080',
      '--log-level=info',
      '--log-format=json',
      '--workers=16',
      '--order-retention=720h',
    ])
  })

  it('follows the values', async () => {
    expect(await argsOf(EVERYTHING)).toEqual([
      '--cluster-resource-namespace=default',
      '--allowed-hosts=cert-manager.com,*.cert-manager.com,*.sectigo.com,scm.test:8443',
      '--allowed-proxies=proxy.test:3128,other.test:3128',
      '--operator-class=blue',
      '--cluster-name=Rack 4, "blue"',
      '--leader-elect=true',
      '--leader-election-namespace=kube-public',
      '--leader-election-lease-duration=15s',
      '--leader-election-renew-deadline=10s',
      '--leader-election-retry-period=2s',
      '--health-address=:8081',
      '--metrics-address=:8080',
      '--log-level=debug',
      '--log-format=text',
      '--workers=7',
      '--order-retention=48h',
    ])
  })

  it('replaces the allowed hosts by a list, and adds to that list', async () => {
    const hosts = async (values: object) => (await flagsOf(values)).allowedHosts
    const { allowedHosts: own } = operatorFlags([])
    expect(await hosts({})).toEqual(own)
    expect(await hosts({ allowedHosts: ['a.test', 'b.test'] })).toEqual(['a.test', 'b.test'])
    expect(await hosts({ extraAllowedHosts: ['b.test'] })).toEqual([...own, 'b.test'])
    expect(await hosts({ allowedHosts: ['a.test'], extraAllowedHosts: ['b.test', 'a.test'] })).toEqual([
      'a.test',
      'b.test',
    ])
  })

  it.each([
    ['the default values', {}],
    ['everything switched on', EVERYTHING],
    ['as little as possible', BARE],
    [
      'hosts of every form',
      { allowedHosts: ['*.a.test', 'b.test:8443', '[fd00::1]:443'], allowedProxies: ['10.0.0.1:3128'] },
    ],
    [
      'durations of every form',
      { leaderElection: { leaseDuration: '1m30s', renewDeadline: '1.5s', retryPeriod: '100ms' } },
    ],
  ])('is understood by the operator with %s', async (_case, values) => {
    expect(await flagsOf(values)).toMatchObject({ kubeconfig: undefined, timeScale: 1 })
  })

  it('gives every flag a value of the chart', async () => {
    const fixed = ['kubeconfig', 'time-scale']
    const flags = [...usage().matchAll(/^ {2}--([a-z-]+) [A-Z]/gm)].map(([, flag]) => flag)
    const args = await argsOf(EVERYTHING)
    const missing = flags.filter((flag) => !args.some((arg) => arg.startsWith(`--${flag}=`)))
    expect(missing).toEqual(fixed)
  })

  it('may have exactly the log levels that the operator knows', () => {
    const [, levels = ''] = /^ {2}--log-level (\S+)$/m.exec(usage()) ?? []
    expect(valuesSchema().properties?.['logLevel']?.enum).toEqual(levels.split('|'))
  })

  it('switches the metrics off where nobody is to scrape them', async () => {
    expect((await flagsOf(BARE)).metricsAddress).toBe('0')
  })

  it('says so when there is no leader election', async () => {
    expect((await argsOf(BARE)).filter((arg) => arg.startsWith('--leader'))).toEqual(['--leader-elect=false'])
    expect((await flagsOf(BARE)).leaderElect).toBe(false)
  })
})

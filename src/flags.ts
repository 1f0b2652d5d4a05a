// The operator's command line and environment, read once into one plain object. Anything odd is one clear sentence.
import { parseArgs } from 'node:util'
import { address, duration, FlagError, hosts, number, oneOf, variableOf } from './flag-values.ts'
import { JITTER } from './runtime/lease-times.ts'
import type { LogLevel } from './runtime/log.ts'

export interface Flags {
  readonly kubeconfig: string | undefined
  /** Where Secrets of cluster issuers live. Undefined: the operator's own namespace. */
  readonly clusterResourceNamespace: string | undefined
  readonly allowedHosts: readonly string[]
  readonly allowedProxies: readonly string[]
  readonly clusterName: string
  readonly operatorClass: string
  readonly leaderElect: boolean
  readonly leaderElectionNamespace: string | undefined
  /** Milliseconds, as every duration here. */
  readonly leaseDuration: number
  readonly renewDeadline: number
  readonly retryPeriod: number
  readonly healthAddress: string
  readonly metricsAddress: string
  readonly logLevel: LogLevel
  readonly logFormat: 'json' | 'text'
  readonly workers: number
  readonly orderRetention: number
  readonly timeScale: number
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

/** What Sectigo serves its customers from. */
const SECTIGO_HOSTS = ['cert-manager.com', '*.cert-manager.com', '*.sectigo.com']

interface Flag {
  readonly default?: string
  readonly many?: true
  readonly value?: string
  readonly help: string
}

const FLAGS = {
  kubeconfig: { value: 'FILE', help: 'kubeconfig of the API server; default: in-cluster, then KUBECONFIG' },
  'cluster-resource-namespace': {
    value: 'NAMESPACE',
    help: "where cluster issuers' Secrets are; default: the operator's own namespace",
  },
  'allowed-hosts': {
    many: true,
    default: SECTIGO_HOSTS.join(','),
    value: 'HOST[:PORT],...',
    help: 'hosts that issuers may name in url and tokenUrl; *.example.com covers every host below example.com',
  },
  'allowed-proxies': {
    many: true,
    default: '',
    value: 'HOST[:PORT],...',
    help: 'proxies that issuers may name; default: none',
  },
  'cluster-name': { default: '', value: 'NAME', help: 'a name for people, shown in the orders at the CA' },
  'operator-class': {
    default: '',
    value: 'CLASS',
    help: 'serve only issuers of this operatorClass; default: those that name none',
  },
  'leader-elect': { default: 'true', help: 'hold a Lease so that only one replica acts' },
  'leader-election-namespace': {
    value: 'NAMESPACE',
    help: "namespace of the Lease; default: the operator's own namespace",
  },
  'leader-election-lease-duration': {
    default: '15s',
    value: 'DURATION',
    help: 'how long a silent leader is respected',
  },
  'leader-election-renew-deadline': {
    default: '10s',
    value: 'DURATION',
    help: 'how long a leader tries to renew before it gives up',
  },
  'leader-election-retry-period': { default: '2s', value: 'DURATION', help: 'pause between two tries' },
  'health-address': { default: ':8081', value: 'ADDRESS', help: '/healthz and /readyz; 0 turns them off' },
  'metrics-address': { default: ':8080', value: 'ADDRESS', help: '/metrics; 0 turns it off' },
  'log-level': { default: 'info', value: LOG_LEVELS.join('|'), help: 'least important messages that are logged' },
  'log-format': { default: 'json', value: 'json|text', help: 'form of the log lines' },
  workers: { default: '16', value: 'N', help: 'requests worked on at the same time' },
  'order-retention': {
    default: '720h',
    value: 'DURATION',
    help: 'how long a CertificateOrder stays after its certificate has ended, or its order has failed',
  },
  'time-scale': { default: '1', value: 'FACTOR', help: 'for tests only: makes every wait this many times shorter' },
} as const satisfies Record<string, Flag>

type Name = keyof typeof FLAGS

export type Invocation =
  | { readonly run: 'operator'; readonly flags: Flags }
  | { readonly run: 'help' }
  | { readonly run: 'version' }

/** Reads arguments and environment; a flag beats its variable. Throws FlagError. */
export function readFlags(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Invocation {
  const given = parse(args)
  if (given['help'] !== undefined) return { run: 'help' }
  if (given['version'] !== undefined) return { run: 'version' }
  const text = (name: Name): string | undefined => {
    const flag: Flag = FLAGS[name]
    const found = given[name]?.join(',') ?? env[variableOf(name)] ?? flag.default
    return found === '' && flag.default === undefined ? undefined : found
  }
  const value = (name: Name) => ({ name, value: text(name) ?? '' })
  const flags: Flags = {
    kubeconfig: text('kubeconfig'),
    clusterResourceNamespace: text('cluster-resource-namespace'),
    allowedHosts: hosts(value('allowed-hosts')),
    allowedProxies: hosts(value('allowed-proxies')),
    clusterName: text('cluster-name') ?? '',
    operatorClass: text('operator-class') ?? '',
    leaderElect: oneOf(value('leader-elect'), ['true', 'false']) === 'true',
    leaderElectionNamespace: text('leader-election-namespace'),
    leaseDuration: duration(value('leader-election-lease-duration')),
    renewDeadline: duration(value('leader-election-renew-deadline')),
    retryPeriod: duration(value('leader-election-retry-period')),
    healthAddress: address(value('health-address')),
    metricsAddress: address(value('metrics-address')),
    logLevel: oneOf(value('log-level'), LOG_LEVELS),
    logFormat: oneOf(value('log-format'), ['json', 'text'] as const),
    workers: number(value('workers'), { least: 1, most: 256, whole: true }),
    orderRetention: duration(value('order-retention')),
    timeScale: number(value('time-scale'), { least: 1, most: 1_000_000, whole: false }),
  }
  checkLeaseFlags(flags)
  return { run: 'operator', flags }
}

/** The rules of runtime/lease-times.ts, in the words of the command line. */
function checkLeaseFlags({ leaseDuration, renewDeadline, retryPeriod }: Flags): void {
  const refuse = (rule: string): never => {
    throw new FlagError(`--leader-election-${rule}`)
  }
  if (leaseDuration <= renewDeadline) refuse('lease-duration must be longer than --leader-election-renew-deadline')
  if (leaseDuration % 1_000 !== 0) refuse('lease-duration must be whole seconds, as a Lease stores them')
  if (renewDeadline <= retryPeriod * JITTER) {
    refuse(`renew-deadline must be longer than --leader-election-retry-period times ${JITTER}`)
  }
}

/** What `--help` prints. */
export function usage(): string {
  const rows = Object.entries<Flag>(FLAGS).map(([name, flag]) => {
    const left = `  --${name}${flag.value === undefined ? '' : ` ${flag.value}`}`
    const fallback = flag.default === undefined || flag.default === '' ? '' : ` (default ${flag.default})`
    return `${left}\n        ${flag.help}${fallback}`
  })
  return [
    'Usage: certwright [flags]',
    '',
    'Gets certificates from Sectigo Certificate Manager for cert-manager. Every flag with a value is also an environment variable:',
    '--log-level is CERTWRIGHT_LOG_LEVEL. A flag beats its variable.',
    '',
    ...rows,
    '  --version\n        print the version and exit',
    '  --help\n        print this text and exit',
    '',
  ].join('\n')
}

function parse(args: readonly string[]): Readonly<Record<string, readonly string[] | undefined>> {
  const options = Object.fromEntries(
    Object.keys(FLAGS).map((name) => [name, { type: 'string' as const, multiple: true }]),
  )
  const switches = { help: { type: 'boolean' as const }, version: { type: 'boolean' as const } }
  try {
    const { values } = parseArgs({
      args: args.map(spellOut),
      options: { ...options, ...switches },
      strict: true,
      allowPositionals: false,
    })
    const read = Object.entries(values).map(
      ([name, value]) => [name, Array.isArray(value) ? value.map(String) : [String(value)]] as const,
    )
    for (const [name, value] of read) {
      if (value.length > 1 && !('many' in (FLAGS[name as Name] ?? {})))
        throw new FlagError(`--${name} is given more than once`)
    }
    return Object.fromEntries(read)
  } catch (error) {
    if (error instanceof FlagError) throw error
    const [sentence = 'the command line is not understood'] = (error as Error).message.split('. ')
    throw new FlagError(`${sentence}; see --help`)
  }
}

/** `--leader-elect` alone means true, as Go's flags have it. */
function spellOut(argument: string): string {
  return argument === '--leader-elect' ? '--leader-elect=true' : argument
}

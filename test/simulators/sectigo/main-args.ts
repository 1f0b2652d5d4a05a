// The command line of `npm run simulator`.
import { parseArgs } from 'node:util'

export interface MainArgs {
  readonly port: number
  readonly host: string
  readonly issueDelayMs: number
  /** Where to put the tenant's files; a temporary folder without it. */
  readonly folder?: string
  readonly json: boolean
}

export const USAGE = `Usage: npm run simulator -- [options]

A Sectigo Certificate Manager that behaves as documented, with a certificate authority of its own.

  --port PORT           port to listen on; 0 takes any free one (default 8443)
  --host HOST           address or name to listen on (default 127.0.0.1); a name appears in the URLs too
  --issue-delay TIME    from approval to issued, as 500ms, 3s or 2m (default 3s)
  --folder DIR          new folder for files to try it with (default: a temporary one); removed at the end
  --json                print one line of JSON instead of text
  --help                print this
`

const PORT_MAX = 65_535
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/** @throws Error with one sentence that names the flag; returns `help` when that was asked for. */
export function parseMainArgs(argv: readonly string[]): MainArgs | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: '8443' },
      host: { type: 'string', default: '127.0.0.1' },
      'issue-delay': { type: 'string', default: '3s' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const port = /^\d+$/.test(values.port) ? Number(values.port) : Number.NaN
  if (!(port <= PORT_MAX)) throw new Error(`--port must be a number from 0 to ${PORT_MAX}`)
  const [, amount, unit = ''] = /^(\d+)(ms|s|m)$/.exec(values['issue-delay']) ?? []
  const unitMs = UNITS_MS[unit]
  if (amount === undefined || unitMs === undefined) throw new Error('--issue-delay must look like 500ms, 3s or 2m')
  return {
    port,
    host: values.host,
    issueDelayMs: Number(amount) * unitMs,
    ...(values.folder === undefined ? {} : { folder: values.folder }),
    json: values.json,
  }
}

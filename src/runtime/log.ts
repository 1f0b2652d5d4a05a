// The one logger: pino, written synchronously to stdout. No transports: they are worker threads, which a bundle breaks
// and which lose the last lines of a dying process.
import { type DestinationStream, pino } from 'pino'
import { formatText } from './log-text.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** What the rest of the operator needs of a logger. Errors go in as fields, by convention under `err`. */
export interface Logger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  readonly fatal: Write
  /** The same logger with these fields on every line. */
  child(fields: Readonly<Record<string, unknown>>): Logger
}

export interface LoggerOptions {
  readonly level: LogLevel
  /** `json`: one object a line, for collectors. `text`: one readable line, for people. */
  readonly format: 'json' | 'text'
  /** Where lines go. Default: stdout. */
  readonly destination?: DestinationStream
}

/**
 * Fields whose values never reach a line. Only the second line of defence: nothing that holds a secret is logged in the
 * first place.
 */
const SECRET_FIELDS = [
  'password',
  'token',
  'accessToken',
  'access_token',
  'clientSecret',
  'client_secret',
  'authorization',
  'Authorization',
  'cookie',
  'set-cookie',
  'privateKey',
  'tls.key',
]

/** How many causes of an error are followed: deep enough for transport errors, bounded against cycles. */
const MAX_CAUSES = 4

export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const stdout = destination ?? pino.destination({ dest: 1, sync: true })
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: plainErrors, bindings: plainErrors },
      // pino's own would add to what plainErrors made: it takes anything with a message for an error.
      serializers: { err: (err: unknown) => err },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]),
        censor: '[redacted]',
      },
    },
    format === 'json' ? stdout : { write: (line) => stdout.write(formatText(line)) },
  )
  return logger
}

/** pino prints an error under any key but `err` with all its own properties; ours print what we chose. */
function plainErrors(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? serializeError(value) : value]),
  )
}

/** An error as it is logged: name, code, message, stack and causes. Never its other properties, which may hold anything. */
export interface SerializedError {
  readonly type: string
  readonly code?: string | number
  readonly message: string
  readonly stack?: string
  readonly cause?: SerializedError
}

function serializeError(error: Error, depth = 0): SerializedError {
  const code: unknown = 'code' in error ? error.code : undefined
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause instanceof Error && depth < MAX_CAUSES ? { cause: serializeError(error.cause, depth + 1) } : {}),
  }
}

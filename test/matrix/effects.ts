// Every effect that the order core can decide on, as it shows on the wire: the rows of the matrix. The compiler sees to it that
// none is left out.
import type { Effect } from '../../src/issuance/step.ts'
import type { Call } from '../support/intercepting-proxy.ts'

export const SPEEDS = ['instant', 'slow'] as const
export type Speed = (typeof SPEEDS)[number]

/** What an effect needs to happen at all: the answer to the first enrolment is lost, SCM was too busy for it, or nobody approves it. */
export type Trouble = 'lostAnswer' | 'busy' | 'unapproved'

interface Row {
  readonly side: 'kubernetes' | 'scm'
  matches(call: Call): boolean
  readonly trouble?: Trouble
  /** Absent: however fast the CA is. */
  readonly speed?: Speed
}

interface Written {
  readonly status?: {
    readonly phase?: string
    readonly remote?: { readonly id?: string; readonly state?: string }
    readonly attempts?: readonly { readonly outcome?: string }[]
    readonly conditions?: readonly { readonly reason?: string }[]
  }
}

const ORDER_STATUS = /\/certificateorders\/[^/]+\/status$/

/** A patch of the record's status that says what `says` looks for. */
const record =
  (says: (status: NonNullable<Written['status']>) => boolean) =>
  ({ method, path, body }: Call): boolean =>
    method === 'PATCH' && ORDER_STATUS.test(path) && says((JSON.parse(body) as Written).status ?? {})

const kubernetes = (matches: Row['matches'], more: Partial<Row> = {}): Row => ({ side: 'kubernetes', matches, ...more })
const scm = (method: string, path: RegExp, more: Partial<Row> = {}): Row => ({
  side: 'scm',
  matches: (call) => call.method === method && path.test(call.path),
  ...more,
})
const hasId = record(({ remote }) => remote?.id !== undefined)

/** The effects, and two more that belong to one of them: a submission's outcome on record, and an event. */
export const EFFECTS: Readonly<Record<Effect['do'] | 'recordOutcome' | 'event', Row>> = {
  createOrder: kubernetes(({ method, path }) => method === 'POST' && path.endsWith('/certificateorders')),
  recordAttempt: kubernetes(
    record(({ attempts }) => attempts?.at(-1) !== undefined && attempts.at(-1)?.outcome === undefined),
    { trouble: 'busy' },
  ),
  submit: scm('POST', /\/enroll$/),
  recordOutcome: kubernetes(hasId),
  find: scm('POST', /\/report\/v1\//, { trouble: 'lostAnswer' }),
  adopt: kubernetes(hasId, { trouble: 'lostAnswer' }),
  look: scm('GET', /\/(ssl|device)\/v1\/\d+$/),
  fetch: scm('GET', /\/collect\//),
  cancel: scm('POST', /\/decline\//, { trouble: 'unapproved' }),
  note: kubernetes(
    record(({ phase, conditions }) => phase === undefined && conditions !== undefined),
    { speed: 'slow' },
  ),
  settle: kubernetes(record(({ phase }) => phase === 'Issued')),
  report: kubernetes(({ method, path }) => method === 'PATCH' && /\/certificaterequests\/[^/]+\/status$/.test(path)),
  event: kubernetes(
    ({ method, path, body }) => method === 'POST' && path.endsWith('/events') && body.includes('"CertificateRequest"'),
  ),
}

export type EffectName = keyof typeof EFFECTS

// One example of the vendor's document as our data: the call it makes, and what its answer consists of.
import type { Settings } from '../settings.ts'
import type { Fields, Shape } from './shape.ts'
import type { World } from './world.ts'

/** What a test made beforehand, to be put in the place of the example's ids. */
export interface Subject {
  readonly id?: number
  readonly other?: number
  readonly location?: number
  readonly personId?: number
  readonly email?: string
  readonly commonName?: string
  /** Colon-separated upper-case hex. */
  readonly serial?: string
  /** Without colons. */
  readonly plainSerial?: string
  readonly renewId?: string
  readonly backendCertId?: string
  readonly domain?: string
  readonly otherDomain?: string
  /** Base64 DER. */
  readonly certificate?: string
  readonly csr?: string
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

/** What is sent and what must come back. */
export interface Exchange {
  /** Set when the line is replayed more than once because the document contradicts itself. */
  readonly variant?: string
  /** Content-Type and Accept exactly as in the example; absent where it sends none. */
  readonly type?: string
  readonly accept?: string
  /** Objects are sent as JSON, a form as multipart. */
  readonly body?: (subject: Subject, world: World) => unknown
  readonly settings?: Partial<Settings>
  /** Makes the objects that the call is about. */
  readonly given?: (world: World) => Promise<Subject>
  /** Another password than the account's, for the example of a refused login. */
  readonly password?: string
  readonly status: number
  readonly headers?: Readonly<Record<string, RegExp>>
  /** JSON. Neither this nor `file`: the answer has no body. */
  readonly answer?: Shape
  readonly file?: FileKind
  /** Where the document contradicts itself, and what was made of it. */
  readonly notes?: string
}

export interface Example extends Exchange {
  /** Of the curl call in seed 004, or of the status line for an answer without a call of its own. */
  readonly line: number
  /** What it shows, in our words. */
  readonly title: string
  /** Method and path below `/api`; `{name}` is a member of the subject or one of the world's ids. */
  readonly call: `${Method} /${string}`
}

/** An example that cannot be replayed, and why. */
export interface NotReplayed {
  readonly line: number
  readonly call: Example['call']
  readonly reason: string
}

export function example(line: number, title: string, call: Example['call'], exchange: Exchange): Example {
  return { line, title, call, ...exchange }
}

export type FileKind = 'pkcs7' | 'pemBlocks' | 'bytes'

// The three spellings of the examples; none of them changes an answer.
export const JSON_UTF8_UPPER = 'application/json;charset=UTF-8'
export const JSON_UTF8 = 'application/json;charset=utf-8'
export const JSON_PLAIN = 'application/json'

export const TOTAL_COUNT = { 'x-total-count': /^\d+$/ }
export const ATTACHMENT = { 'content-disposition': /^attachment; ?filename="[^"]+"$/ }

/** An entry of `types` (seed 004 L489-500). */
export const PROFILE_ROW = {
  id: 'number',
  name: 'string',
  description: 'string',
  terms: ['number'],
  keyTypes: { '*': ['string'] },
  useSecondaryOrgName: 'boolean',
} as const satisfies Fields

/** Seed 004 L525-532. */
export const CUSTOM_FIELD_ROW = { id: 'number', name: 'string', mandatory: 'boolean' } as const satisfies Fields

export const NAMED_VALUES = [{ name: 'string', value: 'string' }] as const

/** Seed 004 L1126-1129. */
export const CSR_DETAILS = {
  sha1Hash: 'upper hex',
  md5Hash: 'upper hex',
  sha256Hash: 'upper hex',
  csr: 'string',
} as const satisfies Fields

/** Of the six members each example shows some; names of the others from the vendor's HTML edition 25.5. */
export const CERTIFICATE_DETAILS = {
  'issuer?': 'string',
  'subject?': 'string',
  'subjectAltNames?': 'string',
  'md5Hash?': 'string',
  'sha1Hash?': 'string',
  'sha256Hash?': 'string',
} as const satisfies Fields

/** One entry of an import's answer (seed 004 L2575, L3920, L5077); `imported` tells whether it was taken. */
export function importRows(imported: boolean): Shape {
  const common = { successful: 'boolean', cert: { subject: 'string', serialNumber: 'upper hex' } } as const
  return imported
    ? [{ ...common, backendCertId: 'string', cert: { ...common.cert, id: 'number' }, created: 'boolean' }]
    : // One of the three refused examples repeats the backendCertId (L2605), the others do not (L3950, L5107).
      [{ ...common, 'backendCertId~': 'string', errorMessage: 'string' }]
}

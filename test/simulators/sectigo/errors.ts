// SCM's own refusals, word for word, so that a client meets the texts and codes it will meet in production.

/** An answer of status 400 or more; the router turns it into SCM's error object (seed 004 L81-96). */
export class ScmError extends Error {
  override readonly name = 'ScmError'
  readonly status: number
  readonly code: number
  readonly headers: Readonly<Record<string, string>>

  constructor(refusal: { status: number; code: number; description: string; headers?: Record<string, string> }) {
    super(refusal.description)
    this.status = refusal.status
    this.code = refusal.code
    this.headers = refusal.headers ?? {}
  }
}

/**
 * Texts of the error table (seed 004 L97-387) unless a source is given. The table names no HTTP status; 400 for business
 * errors is what every published client meets. observed: code -16 and its 401 (seed 004 L93-96 too).
 */
const REFUSALS = {
  unknownUser: { status: 401, code: -16, text: 'Unknown user' },
  missing: { status: 400, code: -7, text: '{0} is required but missing.' },
  csrNotBase64: { status: 400, code: -9, text: 'The CSR is not valid Base-64 data!' },
  csrNotDecodable: { status: 400, code: -10, text: 'Error while decoding CSR.' },
  keyAlgorithm: { status: 400, code: -11, text: 'The CSR uses an unsupported algorithm!' },
  keySize: { status: 400, code: -13, text: 'The CSR uses an unsupported key size!' },
  notAuthorized: { status: 400, code: -25, text: 'You are not authorized to execute {0}' },
  term: { status: 400, code: -36, text: 'The validity period (term) is invalid for this certificate profile.' },
  profileInvalid: { status: 400, code: -39, text: 'The certificate profile id is invalid!' },
  customFieldMissing: { status: 400, code: -62, text: 'Missing mandatory custom field!' },
  ipAddress: { status: 400, code: -62, text: 'Invalid IP address {0}' },
  revoked: { status: 400, code: -110, text: 'Certificate has been revoked and cannot be downloaded.' },
  profileUnknown: { status: 400, code: -111, text: 'No certificate profile found by id {0}' },
  sslUnknown: { status: 404, code: -124, text: 'Wrong SSL certificate id {0}.' },
  sslFormat: { status: 400, code: -126, text: 'Unknown SSL certificate file format requested: {0}' },
  customFieldUnknown: { status: 400, code: -135, text: 'Custom field cannot be found.' },
  csrInvalid: { status: 400, code: -138, text: 'Invalid CSR.' },
  keyTooSmall: { status: 400, code: -141, text: 'The public key size in the CSR should be {0} bits minimum.' },
  eccNotAllowed: {
    status: 400,
    code: -170,
    text: 'Based on the customer configuration, ECC CSRs are not allowed.',
  },
  notCollectable: { status: 400, code: -183, text: 'Certificate is not collectable.' },
  organizationInvalid: { status: 400, code: -639, text: 'Supplied orgid invalid..' },
  domainName: { status: 400, code: -732, text: 'Invalid domain name.' },
  oneOf: { status: 400, code: -951, text: 'At least one of the following fields must be filled in: {0}.' },
  // observed: {"code":-1001,"description":"Value of 'organizationId' must not be null."} with 400; not in the table.
  constraint: { status: 400, code: -1001, text: "Value of '{0}' {1}." },
  // observed: subjAltNames sent as a JSON list to enrol; not in the table.
  unreadableBody: { status: 400, code: -1002, text: 'Cannot parse message body' },
  organizationNotEnabled: {
    status: 400,
    code: -1021,
    text: "This operation cannot be performed for Organization '{0}'.",
  },
  organizationUnknown: { status: 404, code: -1023, text: "Organization '{0}' not found." },
  decided: { status: 400, code: -1112, text: "Certificate can't be approved cause it has state = {0}" },
  deviceFormat: { status: 400, code: -1450, text: 'Unsupported certificate format specified: {0}' },
  fieldValue: { status: 400, code: -1601, text: "Field '{0}' has invalid value." },
  deviceUnknown: { status: 404, code: -5101, text: 'Certificate not found. {0}' },
  // Ours: a documented parameter that this simulator does not model.
  notSimulated: { status: 501, code: -1, text: "The simulator does not support the parameter '{0}'" },
  deviceProfileUnknown: { status: 400, code: -5109, text: 'Device Certificate Profile not found.' },
} as const satisfies Record<string, { status: number; code: number; text: string }>

export type RefusalName = keyof typeof REFUSALS

/** The named refusal with `{0}`, `{1}` ... filled in. */
export function refuse(name: RefusalName, ...values: readonly (string | number)[]): ScmError {
  const { status, code, text } = REFUSALS[name]
  return new ScmError({ status, code, description: fill(text, values) })
}

/** The same refusal under another HTTP status, or with headers. */
export function refuseWith(
  name: RefusalName,
  options: { status?: number; headers?: Record<string, string> },
  ...values: readonly (string | number)[]
): ScmError {
  const { status, code, text } = REFUSALS[name]
  return new ScmError({
    status: options.status ?? status,
    code,
    description: fill(text, values),
    headers: options.headers ?? {},
  })
}

function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ''))
}

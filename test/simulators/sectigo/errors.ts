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
  notPermitted: { status: 400, code: -3, text: 'You are not authorized to perform {0}.' },
  missing: { status: 400, code: -7, text: '{0} is required but missing.' },
  csrNotBase64: { status: 400, code: -9, text: 'The CSR is not valid Base-64 data!' },
  csrNotDecodable: { status: 400, code: -10, text: 'Error while decoding CSR.' },
  keyAlgorithm: { status: 400, code: -11, text: 'The CSR uses an unsupported algorithm!' },
  keySize: { status: 400, code: -13, text: 'The CSR uses an unsupported key size!' },
  notAuthorized: { status: 400, code: -25, text: 'You are not authorized to execute {0}' },
  term: { status: 400, code: -36, text: 'The validity period (term) is invalid for this certificate profile.' },
  accessDenied: { status: 400, code: -37, text: 'Access denied.' },
  profileInvalid: { status: 400, code: -39, text: 'The certificate profile id is invalid!' },
  customFieldMissing: { status: 400, code: -62, text: 'Missing mandatory custom field!' },
  ipAddress: { status: 400, code: -62, text: 'Invalid IP address {0}' },
  optionalField: { status: 400, code: -64, text: "Optional field '{0}' is invalid!" },
  onlyIssuedRevoked: { status: 400, code: -102, text: 'Only issued certificates could be revoked.' },
  renewing: { status: 400, code: -105, text: 'Error was occurred while renewing cert. Status = {0}' },
  // observed with persons; the table has "Person not found." and another meaning of the code.
  personUnknown: { status: 400, code: -105, text: 'Person with e-mail: {0} was not found' },
  dcvIncomplete: {
    status: 400,
    code: -107,
    text: 'Domain Control Validation is either incomplete or expired for {0}. Please complete it before requesting a certificate.',
  },
  // seed 004 L228-229
  passwordSame: { status: 400, code: -220, text: "Password can't be the same." },
  // seed 004 L12829; not in the table
  passwordPolicy: { status: 400, code: -7306, text: 'Password policy violated: {0}' },
  customFieldName: { status: 400, code: -134, text: 'Custom field has to have unique name.' },
  // seed 004 L188-189: another meaning of -159.
  customFieldLimit: {
    status: 400,
    code: -159,
    text: 'Custom fields limit has been exceeded for this customer. Only {0} custom fields or fewer are allowed.',
  },
  revoked: { status: 400, code: -110, text: 'Certificate has been revoked and cannot be downloaded.' },
  profileUnknown: { status: 400, code: -111, text: 'No certificate profile found by id {0}' },
  renewIdUnknown: { status: 400, code: -123, text: 'SSL Certificate to renew is invalid (null)' },
  sslUnknown: { status: 404, code: -124, text: 'Wrong SSL certificate id {0}.' },
  sslFormat: { status: 400, code: -126, text: 'Unknown SSL certificate file format requested: {0}' },
  sslNotIssued: { status: 400, code: -130, text: "SSL state is not 'ISSUED': {0}" },
  customFieldUnknown: { status: 400, code: -135, text: 'Custom field cannot be found.' },
  csrInvalid: { status: 400, code: -138, text: 'Invalid CSR.' },
  keyTooSmall: { status: 400, code: -141, text: 'The public key size in the CSR should be {0} bits minimum.' },
  alreadyRevoked: { status: 400, code: -159, text: 'Your certificate already revoked' },
  localName: {
    status: 400,
    code: -164,
    text: 'Certificate cannot be enrolled for a Local Domain and/or Private IP for a validity period exceeding {0}.',
  },
  eccNotAllowed: {
    status: 400,
    code: -170,
    text: 'Based on the customer configuration, ECC CSRs are not allowed.',
  },
  // seed 004 L190-191
  clientProfileInvalid: { status: 400, code: -172, text: 'The Client Certificate Profile is invalid!' },
  renewForbidden: { status: 400, code: -180, text: "This SSL Certificate Profile doesn't allow renew" },
  smimeQuota: {
    status: 400,
    code: -188,
    text: 'This user have already reached the maximum allowed number of valid certificates: {0}',
  },
  // observed with client certificates; not in the table.
  smimeRevoked: { status: 400, code: -192, text: 'The Certificate has been revoked!' },
  notCollectable: { status: 400, code: -183, text: 'Certificate is not collectable.' },
  emailUnknown: { status: 400, code: -518, text: 'Unknown email address' },
  organizationInvalid: { status: 400, code: -639, text: 'Supplied orgid invalid..' },
  domainExists: { status: 400, code: -700, text: 'Such domain already exists' },
  delegationDecided: {
    status: 400,
    code: -705,
    text: 'This operation cannot be performed as the delegation status is other than ‘‘Requested’’.',
  },
  delegationGone: { status: 400, code: -707, text: 'This domain delegation request has already been deleted.' },
  domainWithoutDelegation: {
    status: 400,
    code: -709,
    text: 'Please delegate domain to at least one organization or department.',
  },
  domainDots: { status: 400, code: -714, text: 'The domain name should have at least {0} dots.' },
  domainInactive: { status: 400, code: -715, text: "The domain '{0}' is inactive." },
  domainNotHighLevel: {
    status: 400,
    code: -723,
    text: '{0} is not a high-level domain. Only high-level domains can be validated.',
  },
  domainOrder: {
    status: 400,
    code: -724,
    text: "The request for '{0}' cannot be processed since it's domain validation status is {1}.",
  },
  domainUnknown: { status: 400, code: -727, text: "The domain '{0}' does not exist." },
  domainName: { status: 400, code: -732, text: 'Invalid domain name.' },
  domainsNotValidated: {
    status: 400,
    code: -737,
    text: 'The domain(s): {0} are not validated! Please perform the DCV process for them before proceed.',
  },
  domainOperation: {
    status: 400,
    code: -738,
    text: 'Access denied. You are not allowed to perform the {0} operation on this domain.',
  },
  domainInUse: {
    status: 400,
    code: -740,
    text: 'This operation cannot be performed due to SSL certificates enrolled for this domain or its subdomains.',
  },
  oneOf: { status: 400, code: -951, text: 'At least one of the following fields must be filled in: {0}.' },
  // observed: {"code":-1001,"description":"Value of 'organizationId' must not be null."} with 400; not in the table.
  constraint: { status: 400, code: -1001, text: "Value of '{0}' {1}." },
  // observed: subjAltNames sent as a JSON list to enrol; not in the table.
  unreadableBody: { status: 400, code: -1002, text: 'Cannot parse message body' },
  domainNotAllowed: { status: 400, code: -1010, text: "Domain '{0}' is not allowed." },
  organizationNotEnabled: {
    status: 400,
    code: -1021,
    text: "This operation cannot be performed for Organization '{0}'.",
  },
  organizationUnknown: { status: 404, code: -1023, text: "Organization '{0}' not found." },
  orderNumberInvalid: { status: 404, code: -1104, text: 'Invalid order number {0}' },
  smimeNothingValid: { status: 400, code: -1108, text: 'No valid client certificates found for {0}.' },
  decided: { status: 400, code: -1112, text: "Certificate can't be approved cause it has state = {0}" },
  domainsWithoutDcv: {
    status: 400,
    code: -1137,
    text: 'The domain(s) {0} have not been validated under the DCV procedure.',
  },
  ownRequest: {
    status: 400,
    code: -1140,
    text: "Since you are a requester of this certificate you can't approve it. For EV certificates the requester and the approver must not be the same person.",
  },
  deviceFormat: { status: 400, code: -1450, text: 'Unsupported certificate format specified: {0}' },
  fieldValue: { status: 400, code: -1601, text: "Field '{0}' has invalid value." },
  dcvDisabled: { status: 400, code: -1608, text: 'DCV is not enabled for this customer.' },
  // Not stated for locations.
  locationUnknown: { status: 404, code: -1, text: 'Location {0} not found' },
  // The router's answer to any path it does not know; not stated.
  unknownPath: { status: 404, code: -1, text: 'Not found' },
  deviceUnknown: { status: 404, code: -5101, text: 'Certificate not found. {0}' },
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

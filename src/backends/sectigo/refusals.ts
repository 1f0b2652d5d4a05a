// Which of SCM's codes say for certain that no order was made, and who can cure them. A closed list: a code that is not
// here leaves it open whether an order exists, so adding a line is a promise (text of the codes: seed 004 L97-387).
//
// Never to be listed: -1, -2, -14, -65 (internal), -129 (connection error while applying: the order may exist), -140,
// -195 (try again later), -103, -109, -1400, 0 (being processed), -429 (no login at the CA: said when SCM turns to the CA).
import type { Refusal } from '../backend.ts'
import type { ErrorBody } from './error-body.ts'

export interface RefusalRule {
  readonly code: number
  /** Some codes carry two meanings; the description decides, and a rule without `when` comes last. */
  readonly when?: RegExp
  readonly cause: Refusal['cause']
  /** Cause `validation`: what must be validated, where it is not a domain. */
  readonly of?: 'organization'
  readonly meaning: string
  /** What somebody has to do; ends without a full stop. */
  readonly cure: string
}

const newKey = 'use a key that the profile allows'
const newCsr = 'send another CSR'
const privileges = "ask the SCM administrator for this account's privileges"
const profile = 'correct the profile of the issuer'
const organization = 'correct orgId or organization of the issuer'
const names = 'change the names in the certificate'
const validate = 'an SCM administrator validates it under Domains, Validate'
const delegate = 'an SCM administrator delegates it to the organization under Domains, Delegate'
const person = 'correct the person of the issuer'
const credentials = "correct the issuer's credentials"
const fields = "correct the issuer's fields"

/** Names a part of what the requester wrote. */
const requesters = /\b(csr|subjAltNames?|subject ?alternative ?names?|common ?name|domain)\b/i

export const refusalRules: readonly RefusalRule[] = [
  // The CSR or its names: a new request is needed.
  { code: -9, cause: 'request', meaning: 'the CSR is not Base64', cure: newCsr },
  { code: -10, cause: 'request', meaning: 'the CSR cannot be decoded', cure: newCsr },
  { code: -11, cause: 'request', meaning: 'the CSR uses an unsupported algorithm', cure: newKey },
  { code: -13, cause: 'request', meaning: 'the CSR uses an unsupported key size', cure: newKey },
  { code: -78, cause: 'request', meaning: 'the public key is invalid or not supported', cure: newKey },
  { code: -138, cause: 'request', meaning: 'the CSR is invalid', cure: newCsr },
  { code: -141, cause: 'request', meaning: 'the public key is too small', cure: newKey },
  {
    code: -164,
    cause: 'request',
    meaning: 'a local name or private address is not possible for this term',
    cure: names,
  },
  { code: -170, cause: 'request', meaning: 'the customer does not allow ECC keys', cure: newKey },
  { code: -194, cause: 'request', meaning: 'the CSR uses an unsupported key size', cure: newKey },
  { code: -306, cause: 'request', meaning: 'a domain name is too long', cure: names },
  { code: -712, cause: 'request', meaning: 'a domain name is too short', cure: names },
  { code: -713, cause: 'request', meaning: 'a domain name is too long', cure: names },
  { code: -714, cause: 'request', meaning: 'a domain name has too few dots', cure: names },
  { code: -732, cause: 'request', meaning: 'a domain name is invalid', cure: names },
  { code: -1138, cause: 'request', meaning: 'the size of the public key could not be checked', cure: newKey },
  // One code, two meanings.
  { code: -62, when: /invalid ip address/i, cause: 'request', meaning: 'an IP address is invalid', cure: names },
  { code: -62, cause: 'issuer', meaning: 'a mandatory custom field is missing', cure: fields },
  { code: -7, when: requesters, cause: 'request', meaning: 'the CSR lacks something required', cure: newCsr },
  { code: -7, cause: 'issuer', meaning: 'something required is missing', cure: fields },
  {
    code: -1601,
    when: requesters,
    cause: 'request',
    meaning: 'something in the CSR has an invalid value',
    cure: newCsr,
  },
  { code: -1601, cause: 'issuer', meaning: 'a field has an invalid value', cure: fields },
  // Profile, term, organization, fields: the issuer's owner.
  { code: -35, cause: 'issuer', meaning: 'the server type is invalid', cure: profile },
  {
    code: -36,
    cause: 'issuer',
    meaning: 'the profile does not offer this term',
    cure: 'correct the term of the issuer',
  },
  // Its other text is "{0}", which may be anything.
  {
    code: -39,
    when: /certificate profile id is invalid/i,
    cause: 'issuer',
    meaning: 'the profile id is invalid',
    cure: profile,
  },
  { code: -64, cause: 'issuer', meaning: 'the name of an optional field is invalid', cure: fields },
  { code: -76, cause: 'issuer', meaning: "the profile's key usages are not allowed for the customer", cure: profile },
  { code: -111, cause: 'issuer', meaning: 'there is no such profile', cure: profile },
  { code: -135, cause: 'issuer', meaning: 'there is no such custom field', cure: fields },
  { code: -172, cause: 'issuer', meaning: 'the client certificate profile is invalid', cure: profile },
  { code: -184, cause: 'issuer', meaning: 'the organization has no client certificate profile', cure: profile },
  { code: -185, cause: 'issuer', meaning: 'the profile offers no term', cure: profile },
  {
    code: -188,
    cause: 'issuer',
    meaning: 'the person has as many valid certificates as are allowed',
    cure: 'revoke one of them, or have the limit raised in SCM',
  },
  { code: -500, cause: 'issuer', meaning: 'the name of the person is empty', cure: person },
  {
    code: -507,
    cause: 'issuer',
    meaning: 'the person belongs to another organization, with key escrow',
    cure: 'move the person in SCM',
  },
  { code: -508, cause: 'issuer', meaning: 'the person is new and has no name', cure: person },
  { code: -518, cause: 'issuer', meaning: 'the mail address is unknown', cure: person },
  { code: -639, cause: 'issuer', meaning: 'the organization id is invalid', cure: organization },
  { code: -951, cause: 'issuer', meaning: 'one of several fields is required', cure: fields },
  { code: -1001, cause: 'issuer', meaning: 'a value is missing', cure: fields },
  { code: -1002, cause: 'issuer', meaning: 'SCM cannot parse the request', cure: fields },
  { code: -1021, cause: 'issuer', meaning: 'not possible for this organization', cure: organization },
  { code: -1023, cause: 'issuer', meaning: 'there is no such organization', cure: organization },
  { code: -1608, cause: 'issuer', meaning: 'DCV is not enabled for the customer', cure: 'remove dcv from the issuer' },
  { code: -5109, cause: 'issuer', meaning: 'there is no such device profile', cure: profile },
  // Account: the issuer's owner, with the SCM administrator.
  { code: -3, cause: 'issuer', meaning: 'the account is not authorized', cure: privileges },
  { code: -16, cause: 'issuer', meaning: 'unknown user', cure: credentials },
  { code: -25, cause: 'issuer', meaning: 'the account is not authorized', cure: privileges },
  { code: -37, cause: 'issuer', meaning: 'access denied', cure: privileges },
  { code: -226, cause: 'issuer', meaning: 'the account may not manage this organization', cure: privileges },
  { code: -410, cause: 'issuer', meaning: 'there is no such customer', cure: 'correct customerUri of the issuer' },
  { code: -738, cause: 'issuer', meaning: 'the account may not use this domain', cure: privileges },
  { code: -970, cause: 'issuer', meaning: 'wrong login or password', cure: credentials },
  // Domains and organizations that must be validated first.
  { code: -107, cause: 'validation', meaning: 'domain validation is incomplete or expired', cure: validate },
  {
    code: -715,
    cause: 'validation',
    meaning: 'the domain is inactive',
    cure: 'an SCM administrator activates it under Domains, Edit',
  },
  {
    code: -723,
    cause: 'validation',
    meaning: 'only high-level domains can be validated',
    cure: 'an SCM administrator validates the parent domain under Domains, Validate',
  },
  { code: -724, cause: 'validation', meaning: 'the domain is not validated', cure: validate },
  {
    code: -727,
    cause: 'validation',
    meaning: 'the domain does not exist in SCM',
    cure: 'an SCM administrator adds it under Domains, Add, then delegates and validates it there',
  },
  { code: -737, cause: 'validation', meaning: 'a domain is not validated', cure: validate },
  {
    code: -741,
    cause: 'validation',
    meaning: "a department's domain request is not approved",
    cure: 'an SCM administrator approves it under Domains, Approve Delegation',
  },
  {
    code: -843,
    cause: 'validation',
    of: 'organization',
    meaning: 'the organization is not validated',
    cure: 'an SCM administrator has it validated under Organizations, Validate',
  },
  { code: -1010, cause: 'validation', meaning: 'the domain is not allowed', cure: delegate },
  { code: -1137, cause: 'validation', meaning: 'a domain is not validated', cure: validate },
]

/** The rule that makes this answer a definite refusal; `undefined` when it does not say that no order was made. */
export function refusalRuleOf(error: ErrorBody): RefusalRule | undefined {
  return refusalRules.find(
    (rule) => rule.code === error.code && (rule.when === undefined || rule.when.test(error.description ?? '')),
  )
}

/** `SCM refused the order: Access denied. (code -37); ask ...` */
export function refusalMessage(rule: RefusalRule, error: ErrorBody): string {
  return `SCM refused the order: ${error.description ?? rule.meaning} (code ${rule.code}); ${rule.cure}`
}

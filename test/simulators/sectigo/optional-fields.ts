// Optional fields of a device order: which exist, and what each puts into the certificate (seed 004 L4472-4482).
import type { x509 } from './asn1.ts'
import { checkConstraints, EMAIL } from './constraints.ts'
import { refuse } from './errors.ts'
import { readName } from './names.ts'
import type { NamedValue } from './orders.ts'

/** Attribute of the subject, by field name; the rest of the documented fields has no place in a certificate made here. */
const SUBJECT_ATTRIBUTES: Readonly<Record<string, string>> = {
  countryName: 'C',
  stateOrProvinceName: 'ST',
  localityName: 'L',
  streetAddress: '2.5.4.9',
  postalCode: '2.5.4.17',
  organizationName: 'O',
  organizationalUnitName: 'OU',
  title: '2.5.4.12',
  description: '2.5.4.13',
  surname: '2.5.4.4',
  givenName: '2.5.4.42',
  initials: '2.5.4.43',
  telephoneNumber: '2.5.4.20',
  postOfficeBox: '2.5.4.18',
  serialNumber: '2.5.4.5',
  userId: '0.9.2342.19200300.100.1.1',
  domainComponent: 'DC',
  unstructuredName: '1.2.840.113549.1.9.2',
  emailAddress: 'E',
  commonName: 'CN',
}
const OTHERS =
  `DocumentoNacionaldeIdentidad SIRENE collectionEmailAddress rfc822Name subjectUniqueIdentifier uniqueIdentifier
   PermIdAscentMediaNetSecDept PermIdAscentMediaEngHomeNet sAMAccountName userPrincipalName dnsName servicePrincipalName
   eeSID`.split(/\s+/)
const OPTIONAL_FIELDS = [...Object.keys(SUBJECT_ATTRIBUTES), ...OTHERS]
/** Not stated whether a field may come twice; names may, as a certificate has several. */
const REPEATABLE = ['dnsName', 'rfc822Name', 'organizationalUnitName', 'domainComponent']

/** @throws ScmError -1001 for a name that is not listed, -64 for an empty value, a repeated field or a malformed name. */
export function checkOptionalFields(given: readonly NamedValue[]): void {
  checkConstraints(
    given.map(({ name }) => ({
      field: 'optionalFields[].name',
      holds: OPTIONAL_FIELDS.includes(name),
      text: `must be one of the following values: [${OPTIONAL_FIELDS.join(', ')}]`,
    })),
  )
  for (const [index, { name, value }] of given.entries()) {
    const repeated = given.findIndex((one) => one.name === name) !== index && !REPEATABLE.includes(name)
    const malformed =
      value === '' ||
      (name === 'rfc822Name' && !EMAIL.test(value)) ||
      (name === 'countryName' && !/^[A-Za-z]{2}$/.test(value))
    if (repeated || malformed) throw refuse('optionalField', name)
  }
}

/** Subject alternative names: `dnsName` and `rfc822Name`. @throws ScmError -732, -62. */
export function optionalNames(given: readonly NamedValue[]): x509.JsonGeneralName[] {
  return given.flatMap(({ name, value }): x509.JsonGeneralName[] => {
    if (name === 'dnsName') return [readName(value)]
    return name === 'rfc822Name' ? [{ type: 'email', value }] : []
  })
}

/** Parts of the subject, common name last. The common name itself is the order's. */
export function optionalSubject(given: readonly NamedValue[]): x509.JsonName {
  return Object.entries(SUBJECT_ATTRIBUTES).flatMap(([field, attribute]) =>
    field === 'commonName'
      ? []
      : given.filter(({ name }) => name === field).map(({ value }) => ({ [attribute]: [value] })),
  )
}

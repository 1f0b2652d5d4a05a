// docs/conformance.md: what a run of the suites found.
import { CERTIFICATE_TESTS } from './certificate-suite.ts'
import { CSR_TESTS } from './csr-suite.ts'
import { UNSUPPORTED, UNSUPPORTED_IN_CSRS, unsupported } from './features.ts'

export const PAGE = new URL('../../docs/conformance.md', import.meta.url).pathname

export const ISSUER_KINDS = ['SectigoIssuer', 'SectigoClusterIssuer'] as const
export type IssuerKind = (typeof ISSUER_KINDS)[number]

/** Tests that ran through, by `keyOfTest`. */
export type Done = ReadonlySet<string>

export function keyOfTest(kind: IssuerKind, name: string): string {
  return `${kind}: ${name}`
}

export function conformancePage(done: Done): string {
  return [
    '# Conformance',
    '',
    'The tests of cert-manager’s two conformance suites (`test/e2e/suite/conformance` of cert-manager 1.21), with their names and their',
    'validations, on a real API server with the real cert-manager, for both kinds of issuers. SCM is the simulator, with a device profile',
    'of a private CA that takes subject, names and usages from the CSR. An OV profile would pass no test: it writes the validated',
    'organization into each subject, and the suites have no feature to leave that check out. `test/e2e/conformance.test.ts` writes this page',
    '(vitest with `--update`) and compares it at each run.',
    '',
    'A test that needs what SCM has not is not left out: what happens instead is tested. Every Certificate must be valid as long as the',
    'suites say, those that ask for a duration for the nearest term of the profile. The issuers have `term.days: 90`, the duration that',
    'cert-manager documents for Certificates that ask for none; without it these get the longest term of the profile.',
    '',
    '## Certificates',
    '',
    table(
      ['', 'test', ...ISSUER_KINDS],
      CERTIFICATE_TESTS.map(({ name, features }, index) => [
        String(index + 1),
        name,
        ...ISSUER_KINDS.map((kind) => {
          if (!done.has(keyOfTest(kind, name))) return 'FAILED'
          return unsupported({ features }, UNSUPPORTED) === undefined ? 'passed' : 'unsupported'
        }),
      ]),
    ),
    '',
    reasons(CERTIFICATE_TESTS, UNSUPPORTED),
    '',
    '## CertificateSigningRequests',
    '',
    'They wait for Kubernetes CertificateSigningRequests, which Certwright does not sign yet. What holds of them today: the API server',
    'takes each of them; SCM’s private profile, asked with the CSR, makes a certificate that the validations accept, or the',
    'issuer refuses it, as it will then.',
    '',
    table(
      ['', 'test', 'outcome', 'expected'],
      CSR_TESTS.map((test, index) => [
        String(index + 1),
        test.name,
        'waits for Kubernetes CertificateSigningRequests',
        unsupported(test, UNSUPPORTED_IN_CSRS) === undefined ? 'passes' : 'unsupported',
      ]),
    ),
    '',
    reasons(CSR_TESTS, UNSUPPORTED_IN_CSRS),
    '',
  ].join('\n')
}

function reasons(tests: readonly Parameters<typeof unsupported>[0][], those: typeof UNSUPPORTED): string {
  const found = tests.map((test) => unsupported(test, those))
  const numbers = (reason: string): string =>
    found.flatMap((one, index) => (one?.reason === reason ? [index + 1] : [])).join(', ')
  const distinct = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.reason, one.instead] as const])))
  return table(
    ['unsupported', 'why', 'what happens instead'],
    [...distinct].map(([reason, instead]) => [numbers(reason), reason, instead]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

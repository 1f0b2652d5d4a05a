// What differs between SCM's product lines, as one table entry per line; the calls themselves are written once.
import type { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import type { OrderTarget } from '../backend.ts'

/** What is sent in `subjAltNames`; profiles differ in whether the common name may be repeated there, or names sent at all. */
export type SubjectAltNames = 'ExcludeCommonName' | 'IncludeCommonName' | 'None'

export interface EnrolInput {
  readonly target: OrderTarget
  readonly csr: CertificateSigningRequest
  readonly comments: string
  readonly subjectAltNames: SubjectAltNames
}

/** Where to look for a lost order: the filters of one list, or why there is none. */
export type Search =
  | { readonly query: Readonly<Record<string, string>>; readonly by: string }
  | { readonly reason: string }

export interface Product {
  /** First element of the product's paths. */
  readonly name: 'ssl' | 'device'
  enrolBody(input: EnrolInput): Readonly<Record<string, unknown>>
  readonly enrolAnswer: z.ZodType<{ readonly id: string; readonly attributes: Readonly<Record<string, string>> }>
  search(target: OrderTarget, csr: CertificateSigningRequest): Search
  /** One row of the list: the order's id. */
  readonly listRow: z.ZodType<string>
}

/** SCM takes `[a-zA-Z0-9-+=/\s]`, and was seen to refuse a CSR with a final line break. */
export function csrText(csr: CertificateSigningRequest): string {
  return csr.pem.replaceAll('\r', '').trim()
}

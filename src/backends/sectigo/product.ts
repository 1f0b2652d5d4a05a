// What differs between SCM's product lines, as one table entry per line; the calls themselves are written once.
import type { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import type { OrderTarget, Problem, RemoteOrder } from '../backend.ts'
import type { Operation } from './call.ts'
import type { CustomField } from './settings.ts'

export interface EnrolInput {
  readonly target: OrderTarget
  readonly csr: CertificateSigningRequest
  readonly comments: string
  readonly customFields: readonly CustomField[]
  /** In place of the issuer's. */
  readonly externalRequester?: readonly string[] | undefined
}

/** Filters of a list, by their names. */
export type Filters = Readonly<Record<string, string>>

/** Where to look for a lost order. Nothing here is a guess: what SCM might keep otherwise must still be found. */
export interface Search {
  /** Of the target's organization and profile, as far as the list has filters for them. */
  readonly within: Filters
  /** Each leads to one list `within`; together they miss no order for the CSR. Empty: all of `within` must be read. */
  readonly names: readonly Filters[]
  /** For people. */
  readonly by: string
  /** What SCM may show as the order's common name. Empty: it is not known. */
  readonly commonNames: readonly string[]
  /** Every name that the order may carry. Absent: they cannot be compared. */
  readonly asked?: readonly string[]
}

/** It is not stated whether filters obey case, nor whether SCM keeps a name as it was written. */
export function spellings(filter: string, name: string): Filters[] {
  return [...new Set([name, name.toLowerCase()])].map((spelling) => ({ [filter]: spelling }))
}

/** What a list or report says of an order; details say the rest. */
export interface Row extends Pick<RemoteOrder, 'id'>, Partial<Pick<RemoteOrder, 'attributes'>> {
  readonly comments?: string | null | undefined
  readonly requested?: string | null | undefined
  readonly commonName?: string | null | undefined
}

export interface Product {
  readonly name: 'ssl' | 'device' | 'client'
  /** Kinds of names that it can carry. */
  readonly carries: readonly string[]
  /** What else makes a request impossible for it. */
  problemsOf?(csr: CertificateSigningRequest): readonly Problem[]
  /** The checkbox that an organization needs for it, where there is one: field of its details, and its place in SCM. */
  readonly apiFlag?: { readonly field: 'sslCertsApiEnabled' | 'clientCertsApiEnabled'; readonly tab: string }
  readonly types: Operation
  readonly customFields: Operation
  readonly enrol: Operation
  enrolBody(input: EnrolInput): Readonly<Record<string, unknown>>
  readonly enrolAnswer: z.ZodType<RemoteOrder>
  details(remote: RemoteOrder): Operation
  /** The details are the first row of a list, for an id that only lists know. */
  readonly detailsInList?: (remote: RemoteOrder) => boolean
  collect(remote: RemoteOrder): Operation
  /** Absent: orders of this product cannot be declined. */
  readonly decline?: (remote: RemoteOrder) => Operation
  revoke(remote: RemoteOrder): Operation
  readonly list: Operation
  readonly listRow: z.ZodType<Row>
  search(target: OrderTarget, csr: CertificateSigningRequest): Search
  /** Absent: there is no report with the date of request. */
  readonly report?: Operation & { readonly byCommonName: boolean }
}

/** Only what is there: attributes are kept in an order's record. */
export function attributesOf(given: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  const there = Object.entries(given).flatMap(([name, value]) => (value ? [[name, value] as const] : []))
  return Object.fromEntries(there)
}

// Domain control validation of one order (seed 004 L1132-1235), for tenants without pre-validation: what somebody has to
// publish before the CA issues. Only nice to know: the order is followed without it.
import { z } from 'zod'
import type { DomainValidation, Look, RemoteOrder } from '../backend.ts'
import { ask, jsonIn } from './answer.ts'
import { type Caller, readOf } from './call.ts'
import { WITHHELD } from './quote.ts'
import { arrayOf, optional } from './schemas.ts'
import { wordOf } from './status.ts'

/** Instructions in one sentence; the record has all of them. */
const MAX_LISTED = 3
/** Bounds of the record's schema: as many as a certificate has names, and longer values than were ever seen. */
const MOST_VALIDATIONS = 250
const LONGEST_VALUE = 512

const text = optional(z.string())
const validation = z.object({
  dcvLog: optional(z.object({ log: optional(arrayOf(z.object({ domainName: text, dcvStatus: text }))) })),
  instructions: optional(
    arrayOf(
      z.object({ domainName: text, dcvMode: text, host: text, point: text, url: text, file: text, dcvEmail: text }),
    ),
  ),
})
/** An object in the document, a list of them in the vendor's OpenAPI description. */
const validations = z.union([arrayOf(validation), validation.transform((one) => [one])])

type Instruction = NonNullable<NonNullable<z.output<typeof validation>['instructions']>[number]>

/**
 * What is to be published for the domains that are not validated yet, in full and as one sentence; undefined when there is
 * nothing to do or SCM does not tell. Throws BackendError when SCM cannot be asked.
 */
export async function openValidations(
  caller: Caller,
  options: { readonly remote: RemoteOrder; readonly rank: number; readonly signal: AbortSignal },
): Promise<Required<Pick<Look, 'todo' | 'validations'>> | undefined> {
  const { remote, rank, signal } = options
  const operation = { endpoint: 'ssl/v1/{id}/dcv', path: `ssl/v1/${encodeURIComponent(remote.id)}/dcv` }
  const call = readOf(operation, { rank, signal })
  const answer = await ask(caller, call)
  const parsed = answer.status < 300 ? validations.safeParse(jsonIn(answer.bytes)) : undefined
  const all = parsed?.success ? parsed.data : []
  const done = new Set(
    all
      .flatMap(({ dcvLog }) => dcvLog?.log ?? [])
      .filter(({ dcvStatus }) => wordOf(dcvStatus ?? '') === 'validated')
      .map(({ domainName }) => domainName),
  )
  const open = all
    .flatMap(({ instructions }) => instructions ?? [])
    .filter(({ domainName }) => !done.has(domainName))
    .flatMap((instruction) => validationOf(instruction, caller))
    .slice(0, MOST_VALIDATIONS)
  if (open.length === 0) return undefined
  const more = open.length > MAX_LISTED ? ` and ${open.length - MAX_LISTED} more` : ''
  const listed = open.slice(0, MAX_LISTED).map((one) => sentenceOf(one, caller))
  return { validations: open, todo: `${listed.join('; ')}${more}` }
}

/** Names, addresses and URLs that fit into a message as they are; the longest is the URL of a file of a domain of 253 characters. */
const plain = /^[^\s<>\p{C}]{1,340}$/u

/** None for what cannot be shown: there is nothing that anybody could do with it. */
function validationOf(
  { domainName, dcvMode, host, point, url, file, dcvEmail }: Instruction,
  caller: Caller,
): readonly DomainValidation[] {
  const domain = domainName ?? ''
  const name = host || url || dcvEmail || ''
  const method = dcvMode || (host ? 'CNAME' : url ? 'HTTP' : 'EMAIL')
  if (![domain, name, method].every((text) => plain.test(text) && caller.quote(text) !== WITHHELD)) return []
  const value = (host ? point : file) ?? ''
  return [{ domain, method, name, ...(fits(value, caller) ? { value } : {}) }]
}

/** To the letter or not at all: nobody must publish something like it. Files have lines. */
function fits(value: string, caller: Caller): boolean {
  const length = value.length
  return length > 0 && length <= LONGEST_VALUE && !/[^\P{C}\n]/u.test(value) && caller.quote(value) !== WITHHELD
}

function sentenceOf({ domain, method, name, value }: DomainValidation, caller: Caller): string {
  if (method === 'EMAIL') return `answer the mail to ${name} for ${domain}`
  if (method.startsWith('HTTP')) return `serve the validation file at ${name}`
  // Nobody need do anything, unless the connector fails.
  if (method === 'AUTO') return `SCM's DNS connector publishes ${name} for ${domain}`
  // A TXT value may hold what a message cannot show as it is (L7562).
  if (value === undefined) return `publish ${name} ${method} with the value that SCM shows`
  const fitting = caller.quote(value) === value ? value : "with the value that the CertificateOrder's status has"
  return `publish ${name} ${method} ${fitting}`
}

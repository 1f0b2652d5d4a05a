// Domain control validation of one order (seed 004 L1132-1235), for tenants without pre-validation: what somebody has to
// publish before the CA issues. Only nice to know: the order is followed without it.
import { z } from 'zod'
import type { RemoteOrder } from '../backend.ts'
import { ask, jsonIn } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { optional } from './schemas.ts'
import { wordOf } from './status.ts'
import { READ_TIMEOUT_MS } from './timing.ts'

/** Instructions in one sentence. */
const MAX_LISTED = 3

const text = optional(z.string())
const validation = z.object({
  dcvLog: optional(z.object({ log: optional(z.array(z.object({ domainName: text, dcvStatus: text }))) })),
  instructions: optional(
    z.array(z.object({ domainName: text, dcvMode: text, host: text, point: text, url: text, dcvEmail: text })),
  ),
})
/** An object in the document, a list of them in the vendor's OpenAPI description. */
const validations = z.union([z.array(validation), validation.transform((one) => [one])])

type Instruction = NonNullable<NonNullable<z.output<typeof validation>['instructions']>[number]>

/**
 * What is to be published for the domains that are not validated yet, as one sentence; undefined when there is nothing to
 * do or SCM does not tell. Throws BackendError when SCM cannot be asked.
 */
export async function openValidations(
  caller: Caller,
  options: { readonly remote: RemoteOrder; readonly rank: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { remote, rank, signal } = options
  const call: Call = {
    endpoint: 'ssl/v1/{id}/dcv',
    method: 'GET',
    path: `ssl/v1/${encodeURIComponent(remote.id)}/dcv`,
    rank,
    timeoutMs: READ_TIMEOUT_MS,
    signal,
  }
  const answer = await ask(caller, call)
  const parsed = answer.status < 300 ? validations.safeParse(jsonIn(answer.bytes)) : undefined
  const all = parsed?.success ? parsed.data : []
  const done = new Set(
    all
      .flatMap(({ dcvLog }) => dcvLog?.log ?? [])
      .filter(({ dcvStatus }) => wordOf(dcvStatus ?? '') === 'validated')
      .map(({ domainName }) => domainName),
  )
  const open = all.flatMap(({ instructions }) => instructions ?? []).filter(({ domainName }) => !done.has(domainName))
  const sentences = open.flatMap((instruction) => {
    const sentence = sentenceOf(instruction)
    if (sentence === undefined) return []
    // A TXT value may hold what a condition cannot show as it is (L7562): nobody must publish something like it.
    const shown = caller.quote(sentence)
    return [shown === sentence ? shown : caller.quote(`publish what SCM shows for ${instruction.domainName ?? 'it'}`)]
  })
  if (sentences.length === 0) return undefined
  const more = sentences.length > MAX_LISTED ? ` and ${sentences.length - MAX_LISTED} more` : ''
  return `${sentences.slice(0, MAX_LISTED).join('; ')}${more}`
}

function sentenceOf({ domainName, dcvMode, host, point, url, dcvEmail }: Instruction): string | undefined {
  if (host && point) return `publish ${host} ${dcvMode ?? ''} ${point}`
  if (url) return `serve the validation file at ${url}`
  return dcvEmail ? `answer the mail to ${dcvEmail} for ${domainName ?? 'the domain'}` : undefined
}

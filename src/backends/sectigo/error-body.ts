// What an answer with an error status says. Documented: `{"code": Number, "description": String}` (seed 004 L81-96).
// Seen: no code, a code as text, text/plain from the gateway, HTML, nothing at all.
import { z } from 'zod'

export interface ErrorBody {
  /** `scm` when it is an error object, so that SCM itself has answered and not something in front of it. */
  readonly from: 'scm' | 'other'
  /** SCM's code. 0 is a code: it says "being processed". */
  readonly code?: number
  /** Quoted: one bounded line without credentials. Absent for HTML, whose text says nothing to a reader. */
  readonly description?: string
}

const integer = /^\s*-?\d{1,9}\s*$/

const errorObject = z.object({
  code: z
    .union([z.number().int(), z.string().regex(integer).transform(Number)])
    .nullish()
    .catch(undefined),
  description: z.string().nullish().catch(undefined),
})

/** Reads an error body of any form. Never throws. */
export function errorBody(bytes: Uint8Array, quote: (text: string) => string): ErrorBody {
  const text = new TextDecoder().decode(bytes).trim()
  const parsed = jsonObject(text)
  if (parsed === undefined) {
    return text === '' || text.startsWith('<') ? { from: 'other' } : { from: 'other', description: quote(text) }
  }
  const { code, description } = errorObject.parse(parsed)
  const said = description ?? ''
  return {
    from: typeof code === 'number' || said !== '' ? 'scm' : 'other',
    ...(typeof code === 'number' ? { code } : {}),
    ...(said === '' ? {} : { description: quote(said) }),
  }
}

function jsonObject(text: string): object | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}

// SCM's passwords end (seed 004 L12772-12793); better said weeks before than by a 401.
import { z } from 'zod'
import { BackendError } from '../backend-error.ts'
import { ask, bodyOf } from './answer.ts'
import { type Caller, fixed, readOf } from './call.ts'
import { dateIn } from './dates.ts'
import { optional } from './schemas.ts'
import { ranks } from './timing.ts'

const passwordState = z.object({ expirationDate: optional(z.string()), state: optional(z.string()) })

/**
 * The date on which this login's password ends; `undefined` when it never does or SCM does not tell ("available for
 * Standard and API administrators" only). Throws BackendError CredentialsRefused when it has ended.
 */
export async function passwordExpires(caller: Caller, signal: AbortSignal): Promise<string | undefined> {
  const call = readOf(fixed('admin/v1/password'), { rank: ranks.check, signal })
  const answer = await ask(caller, call)
  if (answer.status >= 300) return undefined
  const { state, expirationDate } = bodyOf(call, answer, passwordState)
  const date = dateIn(expirationDate)
  if (state === 'EXPIRED') {
    const when = date === undefined ? '' : ` on ${date}`
    throw new BackendError(
      'CredentialsRefused',
      `the password of this login expired${when}; set a new one in SCM and in the Secret`,
    )
  }
  return state === 'NEVER_EXPIRE' ? undefined : date
}

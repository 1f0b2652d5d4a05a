// What an answer says of the login: that SCM refuses it, that SCM knows it, or nothing, because something else answered.
import type { Answer } from './answer.ts'
import type { Call } from './call.ts'
import type { Failure } from './failure.ts'

/** Codes with which SCM refuses the login itself: "Unknown user" (seed 004 L96), "Incorrect login credentials" (L97-387). */
const loginRefusals: readonly number[] = [-16, -970]

export function isLoginRefusal({ status, error }: Answer): boolean {
  return (
    status === 401 || (status >= 400 && status < 500 && error?.code !== undefined && loginRefusals.includes(error.code))
  )
}

/** Did SCM itself answer and know the login, and not something in front of it that asks for none? */
export function isScms(call: Call, answer: Answer): boolean {
  const { status, error } = answer
  return status < 300 ? isFitFor(call, answer) : status < 500 && error?.from === 'scm'
}

/** Why no call is sent with these credentials any more. */
export function refusedLogin({ status, error, request }: Answer): Failure {
  const said = error?.description === undefined ? '' : `: ${error.description}`
  const code = error?.code === undefined ? '' : `, code ${error.code}`
  const message = `SCM refused the credentials (HTTP ${status}${code})${said}`
  return { kind: 'CredentialsRefused', code: 'CredentialsRefused', message, ...(request && { request }) }
}

/**
 * Does a 2xx answer look like one of SCM's: JSON, the file that was asked for, or nothing? A page for people, or other text, is
 * a gateway's. By its beginning alone: what SCM says otherwise than documented, or cut short, is about that one call.
 */
function isFitFor({ file = false }: Pick<Call, 'file'>, { bytes }: Answer): boolean {
  const beginning = new TextDecoder().decode(bytes.subarray(0, FIRST_BYTES)).trimStart()
  return file ? !beginning.startsWith('<') : beginning === '' || /^[{[]/.test(beginning)
}

/** Enough of a body to tell, byte order mark and blanks included. */
const FIRST_BYTES = 64

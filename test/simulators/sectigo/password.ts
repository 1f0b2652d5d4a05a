// The caller's own password: how long it lasts, and a new one (seed 004 L12772-12829).
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import type { Account } from './catalogue.ts'
import { writeDate } from './dates.ts'
import { refuse } from './errors.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json, NO_CONTENT } from './router.ts'

export const passwordRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/admin/v1/password', access: 'account', handle: passwordState },
  { method: 'POST', path: '/api/admin/v1/changepassword', access: 'account', handle: changePassword },
]

const DAY_MS = 24 * 60 * 60 * 1000
/** The details example has a change on 2025-12-04 and the end on 2026-03-04 (seed 004 L11550). */
const PASSWORD_DAYS = 90

/** The sentences of the example's policy (seed 004 L12829). */
const POLICY: readonly { readonly holds: (password: string) => boolean; readonly text: string }[] = [
  { holds: (text) => /[A-Z]/.test(text), text: 'Password must contain 1 or more uppercase characters.' },
  { holds: (text) => /[0-9]/.test(text), text: 'Password must contain 1 or more digit characters.' },
  { holds: (text) => text.length >= 8, text: 'Password must be 8 or more characters in length.' },
]
const changeSchema = z.object({ newPassword: textField })

/** `at` in milliseconds since the epoch; the password ends as that day begins. */
export function passwordExpired({ passwordExpires }: Account, at: number): boolean {
  return passwordExpires !== undefined && Date.parse(passwordExpires) <= at
}

/** Seed 004 L12772-12793. */
function passwordState({ context, account }: AccountCall): Answer {
  const { passwordExpires } = account
  if (passwordExpires === undefined) return json({ state: 'NEVER_EXPIRE' })
  return json({ expirationDate: passwordExpires, state: passwordExpired(account, context.now()) ? 'EXPIRED' : 'ALIVE' })
}

/** Seed 004 L12794-12829; holds from the next call on. @throws ScmError -7306 policy, -220 the same password. */
function changePassword(call: AccountCall): Answer {
  const { context, account } = call
  const password = readBody(call, changeSchema).newPassword ?? ''
  const broken = POLICY.filter(({ holds }) => !holds(password)).map(({ text }) => text)
  if (broken.length > 0) throw refuse('passwordPolicy', broken.join(' '))
  if (password === account.password) throw refuse('passwordSame')
  const changed: Account = {
    ...account,
    password,
    initialPassword: false,
    ...(account.passwordExpires === undefined
      ? {}
      : { passwordExpires: writeDate(context.now() + PASSWORD_DAYS * DAY_MS, 'ISO') }),
  }
  const accounts = context.catalogue.accounts.map((one) => (one === account ? changed : one))
  context.catalogue = { ...context.catalogue, accounts }
  return NO_CONTENT
}

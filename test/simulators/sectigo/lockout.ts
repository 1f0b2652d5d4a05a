// Accounts that are locked after too many failed logins. SCM counts them (seed 004 L11522 failedAttempts); what it does at
// which number is not stated.
import type { Account } from './catalogue.ts'

export interface Lockout {
  /** One more failed login in a row; at `limit` of them the account is locked. A `limit` of 0 never locks. */
  failed(account: Account, limit: number): void
  /** Forgets the failed logins before this one. */
  succeeded(account: Account): void
  locked(account: Account): boolean
  lockedLogins(): string[]
  /** Every tenant's account of that login. */
  unlock(login: string): void
  reset(): void
}

export function createLockout(): Lockout {
  const states = new Map<string, { login: string; failures: number; locked: boolean }>()
  const keyOf = ({ customerUri, login }: Account): string => JSON.stringify([customerUri, login])
  return {
    failed(account, limit) {
      const { failures, locked } = states.get(keyOf(account)) ?? { failures: 0, locked: false }
      const reached = limit > 0 && failures + 1 >= limit
      states.set(keyOf(account), { login: account.login, failures: failures + 1, locked: locked || reached })
    },
    succeeded: (account) => states.delete(keyOf(account)),
    locked: (account) => states.get(keyOf(account))?.locked ?? false,
    lockedLogins: () => [...states.values()].filter(({ locked }) => locked).map(({ login }) => login),
    unlock(login) {
      for (const [key, state] of states) if (state.login === login) states.delete(key)
    },
    reset: () => states.clear(),
  }
}

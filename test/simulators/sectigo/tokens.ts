// OAuth2 access tokens that were given out, and until when they hold.
import { randomBytes } from 'node:crypto'

export interface Tokens {
  /** A new token for that client; `expiresAt` in milliseconds since the epoch. */
  grant(clientId: string, expiresAt: number): string
  /** The client of a token that still holds. */
  clientOf(token: string, now: number): string | undefined
  /** Makes every token invalid at once. */
  revokeAll(): void
}

export function createTokens(): Tokens {
  const granted = new Map<string, { clientId: string; expiresAt: number }>()
  return {
    grant(clientId, expiresAt) {
      const token = randomBytes(32).toString('base64url')
      granted.set(token, { clientId, expiresAt })
      return token
    },
    clientOf(token, now) {
      const grant = granted.get(token)
      return grant && now < grant.expiresAt ? grant.clientId : undefined
    },
    revokeAll: () => granted.clear(),
  }
}

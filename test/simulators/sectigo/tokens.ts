// OAuth2 access tokens that were given out, and until when they hold.
import { randomBytes } from 'node:crypto'

export interface OAuth2Client {
  readonly realm: string
  readonly clientId: string
}

export interface Tokens {
  /** A new token for that client; `expiresAt` in milliseconds since the epoch. */
  grant(client: OAuth2Client, expiresAt: number): string
  /** The client of a token that still holds. */
  clientOf(token: string, now: number): OAuth2Client | undefined
  /** The realm a token came from, also when it holds no more. */
  realmOf(token: string): string | undefined
  /** Makes every token invalid at once. */
  revokeAll(): void
}

export function createTokens(): Tokens {
  const granted = new Map<string, { client: OAuth2Client; expiresAt: number }>()
  return {
    grant(client, expiresAt) {
      const token = randomBytes(32).toString('base64url')
      granted.set(token, { client, expiresAt })
      return token
    },
    clientOf(token, now) {
      const grant = granted.get(token)
      return grant && now < grant.expiresAt ? grant.client : undefined
    },
    realmOf: (token) => granted.get(token)?.client.realm,
    revokeAll() {
      for (const grant of granted.values()) grant.expiresAt = Number.NEGATIVE_INFINITY
    },
  }
}

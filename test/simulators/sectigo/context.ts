// Everything an operation may touch. One per simulator: two simulators in one process share nothing.
import type { CertificateAuthority } from './ca.ts'
import type { Catalogue } from './catalogue.ts'
import type { ClientCa } from './client-ca.ts'
import type { Counters } from './counters.ts'
import type { Faults } from './faults.ts'
import type { Lockout } from './lockout.ts'
import type { Orders } from './orders.ts'
import type { Persons } from './persons.ts'
import type { Settings } from './settings.ts'
import type { Tokens } from './tokens.ts'

export interface Context {
  /** Milliseconds since the epoch; tests may pass their own time. */
  now(): number
  settings: Settings
  catalogue: Catalogue
  readonly ca: CertificateAuthority
  readonly clientCa: ClientCa
  readonly orders: Orders
  readonly persons: Persons
  readonly tokens: Tokens
  readonly lockout: Lockout
  readonly counters: Counters
  readonly faults: Faults
  /** One sequence for all that operations add to the catalogue. */
  nextId(): number
  /** Where OAuth2 tokens of a realm come from, as told in WWW-Authenticate. */
  tokenUrl(realm?: string): string
}

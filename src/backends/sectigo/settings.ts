// What an issuer says about the orders it places.
import type { SubjectAltNames } from './product.ts'
import type { ProfileReference } from './profiles.ts'

export interface SectigoSettings {
  /** https; with or without a trailing slash. */
  readonly url: string
  /** `tenantOf` its credentials. */
  readonly tenant: string
  /** Organization or department. */
  readonly orgId: number
  readonly product: 'ssl' | 'device'
  readonly profile: ProfileReference
  /** For ssl; without it `ExcludeCommonName`. */
  readonly subjectAltNames?: SubjectAltNames
}

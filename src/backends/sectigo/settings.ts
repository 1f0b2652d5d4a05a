// What an issuer says about the orders it places.
import type { ProfileReference } from './profiles.ts'
import type { TermPolicy } from './term.ts'

export interface CustomField {
  readonly name: string
  /** Always text; dates as yyyy-MM-dd. */
  readonly value: string
}

/** An organization or a department: by the id they share a space of, or by names, which need not be unique. */
export type OrganizationReference =
  | { readonly id: string }
  | { readonly name: string; readonly department?: string | undefined }

/** What is sent in `subjAltNames`; profiles differ in whether the common name may be repeated there, or names sent at all. */
export type SubjectAltNames = 'ExcludeCommonName' | 'IncludeCommonName' | 'None'

export interface SslSettings {
  readonly product: 'ssl'
  /** Without it `ExcludeCommonName`. */
  readonly subjectAltNames?: SubjectAltNames | undefined
  /** Mail addresses. */
  readonly externalRequester?: readonly string[] | undefined
  /** Only for tenants without DCV pre-validation; `email` belongs to mode EMAIL. */
  readonly dcv?: { readonly mode: string; readonly email?: string | undefined } | undefined
}

export interface DeviceSettings {
  readonly product: 'device'
  readonly optionalFields?: readonly CustomField[] | undefined
}

/** The person whom SCM wants to know for a client certificate. */
export interface Person {
  /** Without it, the first mail address of the CSR. */
  readonly email?: string | undefined
  readonly firstName: string
  readonly middleName?: string | undefined
  readonly lastName: string
  readonly phone?: string | undefined
  readonly secondaryEmails?: readonly string[] | undefined
  readonly commonName?: string | undefined
  readonly eppn?: string | undefined
  readonly upn?: string | undefined
}

export interface ClientSettings {
  readonly product: 'client'
  readonly person: Person
}

export type ProductSettings = SslSettings | DeviceSettings | ClientSettings

interface SharedSettings {
  /** https; with or without a trailing slash, with or without `/private`. */
  readonly url: string
  /** `tenantOf` its credentials. */
  readonly tenant: string
  readonly organization: OrganizationReference
  readonly profile: ProfileReference
  /** Without it, the nearest to what a request asks for, else the longest. `days` are for requests that ask for none. */
  readonly term?: { readonly policy: TermPolicy; readonly days?: number | undefined } | undefined
  readonly customFields?: readonly CustomField[] | undefined
}

export type SectigoSettings = SharedSettings & ProductSettings

// What a user pastes into a cluster to try Certwright against a running simulator.
import { stringify } from 'yaml'
import type { Account, Product, Profile } from './catalogue.ts'

export interface Connection {
  readonly url: string
  readonly tokenUrl: string
  readonly caPem: string
}

export interface ManifestOptions extends Connection {
  readonly account: Account
  readonly profile: Profile
  readonly orgId: number
}

/** Secret and SectigoIssuer that log in with a password. */
export function passwordManifests(options: ManifestOptions): string {
  const { customerUri, login, password } = options.account
  const secret = `${issuerName(options.profile.product)}-login`
  return documents([
    secretManifest(secret, { password }),
    issuerManifest(options, { password: { customerUri, login, secretRef: { name: secret } } }),
  ])
}

/** Secret and SectigoIssuer that use OAuth2 client credentials. @throws when the account has none. */
export function oauth2Manifests(options: ManifestOptions): string {
  const { oauth2 } = options.account
  if (!oauth2) throw new Error(`account ${options.account.login} has no OAuth2 client`)
  const secret = `${issuerName(options.profile.product)}-client`
  return documents([
    secretManifest(secret, oauth2),
    issuerManifest(options, { oauth2: { tokenUrl: options.tokenUrl, secretRef: { name: secret } } }),
  ])
}

function issuerName(product: Product): string {
  return `simulated-${product}`
}

function secretManifest(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData }
}

function issuerManifest(options: ManifestOptions, auth: object): object {
  const { profile } = options
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'SectigoIssuer',
    metadata: { name: issuerName(profile.product) },
    spec: {
      url: options.url,
      auth,
      orgId: options.orgId,
      [profile.product]: { profile: { name: profile.name } },
      tls: { caBundle: options.caPem },
    },
  }
}

function documents(manifests: readonly object[]): string {
  return manifests.map((manifest) => `---\n${stringify(manifest)}`).join('')
}

// What a user pastes into a cluster to try Certwright against a running simulator.
import { stringify } from 'yaml'
import type { Account, Product, Profile } from './catalogue.ts'
import type { ClientCertificate } from './client-ca.ts'

export interface Connection {
  readonly url: string
  /** Under `/private`, for client certificates. */
  readonly privateUrl: string
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
    secretManifest(secret, { clientId: oauth2.clientId, clientSecret: oauth2.clientSecret }),
    issuerManifest(options, { oauth2: { tokenUrl: options.tokenUrl, secretRef: { name: secret } } }),
  ])
}

/** Secret (as cert-manager makes them) and SectigoIssuer that log in with a TLS client certificate. */
export function clientCertificateManifests(options: ManifestOptions, certificate: ClientCertificate): string {
  const { customerUri, login } = options.account
  const name = `${issuerName(options.profile.product)}-certificate`
  const secret = {
    ...secretManifest(name, { 'tls.crt': certificate.certificatePem, 'tls.key': certificate.keyPem }),
    type: 'kubernetes.io/tls',
  }
  const auth = { clientCertificate: { customerUri, login, secretRef: { name } } }
  return documents([secret, issuerManifest({ ...options, url: options.privateUrl }, auth, name)])
}

function issuerName(product: Product): string {
  return `simulated-${product}`
}

function secretManifest(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData }
}

function issuerManifest(
  options: ManifestOptions,
  auth: object,
  name: string = issuerName(options.profile.product),
): object {
  const { profile } = options
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'SectigoIssuer',
    metadata: { name },
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

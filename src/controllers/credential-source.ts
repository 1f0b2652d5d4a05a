// Reads the Secret and the CA bundle that an issuer names. Values never leave but as credentials.
import { X509Certificate } from 'node:crypto'
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node'
import type { SectigoIssuer, SectigoIssuerSpec } from '../api/sectigo-issuer.ts'
import type { SectigoCredentials } from '../backends/sectigo/credentials.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/errors.ts'
import type { KubeObject, Resource } from '../kube/resource.ts'
import { IssuerProblem } from './issuer-problem.ts'

export type Secret = KubeObject & Pick<V1Secret, 'data'>
type ConfigMap = KubeObject & Pick<V1ConfigMap, 'data'>

export const secrets: Resource<Secret> = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
}
const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
}

export interface ResolvedCredentials {
  readonly credentials: SectigoCredentials
  /** resourceVersion of the Secret: tells one value from the next without knowing it. */
  readonly secretVersion: string
  /** Where the credentials are, in people's words. */
  readonly secret: string
  /** PEM; undefined: the machine's own trust. */
  readonly caBundle: string | undefined
  /** For spec.proxy. */
  readonly proxyCredentials: { readonly username: string; readonly password: string } | undefined
}

export interface CredentialSourceOptions {
  readonly client: Pick<KubeClient, 'get'>
  /** Where a cluster issuer's Secrets are. A namespaced issuer's are in its own namespace, and only there. */
  readonly clusterResourceNamespace: string
}

/** Throws IssuerProblem when something that the issuer names is not there or not usable. */
export async function readCredentials(
  issuer: SectigoIssuer,
  { client, clusterResourceNamespace }: CredentialSourceOptions,
  { signal }: { readonly signal: AbortSignal },
): Promise<ResolvedCredentials> {
  const namespace = issuer.metadata.namespace ?? clusterResourceNamespace
  const { auth, tls, proxy } = issuer.spec
  const [way, named] = Object.entries(auth).find(([, given]) => given !== undefined) ?? []
  if (named === undefined) throw new IssuerProblem('SecretNotFound', 'spec.auth names no way to log in')
  const { secret, where, text, value } = await secretAt(named.secretRef.name, `spec.auth.${way}.secretRef`)
  return {
    credentials: credentialsOf(auth, { text, value }),
    secretVersion: secret.metadata.resourceVersion,
    secret: where,
    caBundle: await caBundleOf(),
    proxyCredentials: await proxyCredentialsOf(),
  }

  async function proxyCredentialsOf(): Promise<ResolvedCredentials['proxyCredentials']> {
    const ref = proxy?.secretRef
    if (ref === undefined) return undefined
    const { value: inProxySecret } = await secretAt(ref.name, 'spec.proxy.secretRef')
    return { username: inProxySecret(ref.usernameKey), password: inProxySecret(ref.passwordKey) }
  }

  /** A Secret, with its values trimmed: `text` as it is, `value` without line breaks inside. */
  async function secretAt(
    name: string,
    field: string,
  ): Promise<{ readonly secret: Secret; readonly where: string } & Values> {
    const secret = await read(secrets, { name, field, missing: 'SecretNotFound' })
    const where = `Secret "${namespace}/${name}" (${field})`
    const text = (key: string): string => {
      const found = Buffer.from(secret.data?.[key] ?? '', 'base64')
        .toString('utf8')
        .trim()
      if (found === '') throw new IssuerProblem('SecretKeyMissing', `${where} has no value under the key "${key}"`)
      if (found.length > LONGEST_VALUE) {
        throw new IssuerProblem('SecretKeyMissing', `${where} has a value of more than 64 KiB under the key "${key}"`)
      }
      return found
    }
    return { secret, where, text, value: (key) => headerValue(text(key), where, key) }
  }

  async function caBundleOf(): Promise<string | undefined> {
    if (tls?.caBundle !== undefined) return pemOf(tls.caBundle, 'spec.tls.caBundle')
    const bundle = tls?.caBundleRef
    if (bundle === undefined) return undefined
    const where = `${bundle.kind} "${namespace}/${bundle.name}" (spec.tls.caBundleRef)`
    const at = { name: bundle.name, field: 'spec.tls.caBundleRef', missing: 'CABundleNotFound' } as const
    const text =
      bundle.kind === 'Secret'
        ? Buffer.from((await read(secrets, at)).data?.[bundle.key] ?? '', 'base64').toString('utf8')
        : (await read(configMaps, at)).data?.[bundle.key]
    if (text === undefined || text === '')
      throw new IssuerProblem('CABundleNotFound', `${where} has no key "${bundle.key}"`)
    return pemOf(text, `${where}, key "${bundle.key}"`)
  }

  async function read<T extends KubeObject>(
    resource: Resource<T>,
    { name, field, missing }: { name: string; field: string; missing: 'SecretNotFound' | 'CABundleNotFound' },
  ): Promise<T> {
    try {
      return await client.get(resource, { namespace, name }, { signal })
    } catch (error) {
      if (!(error instanceof KubeError)) throw error
      const where = `${resource.kind} "${namespace}/${name}" (${field})`
      if (error.status === 404) throw new IssuerProblem(missing, `${where} does not exist`)
      if (error.status === 403) throw new IssuerProblem('SecretNotReadable', `the operator may not read ${where}`)
      throw error
    }
  }
}

/** Values of one Secret, by key. Throw IssuerProblem. */
interface Values {
  readonly text: (key: string) => string
  readonly value: (key: string) => string
}

/** A key with its certificates. Anything longer is no credential, and searching answers for it would take all memory. */
const LONGEST_VALUE = 64 * 1024
/** No server takes longer headers. */
const LONGEST_HEADER_VALUE = 4 * 1024

/** A line break inside cannot be sent as a header, and an error about it would show the value. */
function headerValue(text: string, where: string, key: string): string {
  if (text.length > LONGEST_HEADER_VALUE) {
    throw new IssuerProblem('SecretKeyMissing', `${where} has a value of more than 4 KiB under the key "${key}"`)
  }
  if (!/\p{Cc}/u.test(text)) return text
  throw new IssuerProblem('SecretKeyMissing', `${where} has control characters inside the value under the key "${key}"`)
}

function credentialsOf(auth: SectigoIssuerSpec['auth'], { text, value }: Values): SectigoCredentials {
  if (auth.password !== undefined) {
    const { customerUri, login, secretRef } = auth.password
    return {
      kind: 'password',
      customerUri,
      login: login ?? value(secretRef.loginKey),
      password: value(secretRef.passwordKey),
    }
  }
  if (auth.clientCertificate !== undefined) {
    const { customerUri, login, secretRef } = auth.clientCertificate
    const { certificateKey, privateKeyKey } = secretRef
    return {
      kind: 'clientCertificate',
      customerUri,
      login,
      certificate: text(certificateKey),
      key: text(privateKeyKey),
    }
  }
  if (auth.oauth2 !== undefined) {
    const { tokenUrl, secretRef } = auth.oauth2
    return {
      kind: 'oauth2',
      tokenUrl,
      clientId: value(secretRef.clientIdKey),
      clientSecret: value(secretRef.clientSecretKey),
    }
  }
  throw new IssuerProblem('SecretNotFound', 'spec.auth names no way to log in')
}

/** The system's own bundle has 220 KiB. It is read again every minute for each issuer, of which a tenant may have thousands. */
const LONGEST_BUNDLE = 256 * 1024

/** TLS ignores what it cannot read, and then trusts nobody without saying why. */
function pemOf(text: string, where: string): string {
  if (text.length > LONGEST_BUNDLE) throw new IssuerProblem('CABundleInvalid', `${where} holds more than 256 KiB`)
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new IssuerProblem('CABundleInvalid', `${where} holds no PEM certificate`)
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block)
    } catch {
      throw new IssuerProblem('CABundleInvalid', `certificate ${index + 1} of ${where} cannot be read`)
    }
  }
  return text
}

// Reads the Secret and the CA bundle that an issuer names. Values never leave but as credentials.
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
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
  /** PEM; undefined: the machine's own trust. */
  readonly caBundle: string | undefined
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
  const { auth, tls } = issuer.spec
  const ref = auth.password?.secretRef ?? auth.oauth2?.secretRef
  if (ref === undefined) throw new IssuerProblem('SecretNotFound', 'spec.auth names no way to log in')
  const secret = await read(secrets, { namespace, name: ref.name })
  const value = (key: string, field: string): string => {
    const text = Buffer.from(secret.data?.[key] ?? '', 'base64')
      .toString('utf8')
      .trim()
    if (text === '') {
      throw new IssuerProblem(
        'SecretKeyMissing',
        `Secret "${namespace}/${ref.name}" (${field}) has no value under the key "${key}"`,
      )
    }
    // A line break inside cannot be sent as a header, and an error about it would show the value.
    if (/\p{Cc}/u.test(text)) {
      throw new IssuerProblem(
        'SecretKeyMissing',
        `the key "${key}" of Secret "${namespace}/${ref.name}" holds control characters inside its value`,
      )
    }
    return text
  }
  return {
    credentials: credentialsOf(auth, value),
    secretVersion: secret.metadata.resourceVersion,
    caBundle: await caBundleOf(),
  }

  async function caBundleOf(): Promise<string | undefined> {
    if (tls?.caBundle !== undefined) return pemOf(tls.caBundle, 'spec.tls.caBundle')
    const bundle = tls?.caBundleRef
    if (bundle === undefined) return undefined
    const where = `${bundle.kind} "${namespace}/${bundle.name}"`
    const text =
      bundle.kind === 'Secret'
        ? Buffer.from(
            (await read(secrets, { namespace, name: bundle.name })).data?.[bundle.key] ?? '',
            'base64',
          ).toString('utf8')
        : (await read(configMaps, { namespace, name: bundle.name })).data?.[bundle.key]
    if (text === undefined || text === '')
      throw new IssuerProblem('CABundleNotFound', `${where} has no key "${bundle.key}" (spec.tls.caBundleRef)`)
    return pemOf(text, where)
  }

  async function read<T extends KubeObject>(
    resource: Resource<T>,
    at: { namespace: string; name: string },
  ): Promise<T> {
    try {
      return await client.get(resource, at, { signal })
    } catch (error) {
      if (!(error instanceof KubeError)) throw error
      const where = `${resource.kind} "${at.namespace}/${at.name}"`
      if (error.status === 404)
        throw new IssuerProblem(
          at.name === ref?.name ? 'SecretNotFound' : 'CABundleNotFound',
          `${where} does not exist`,
        )
      if (error.status === 403) throw new IssuerProblem('SecretNotReadable', `the operator may not read ${where}`)
      throw error
    }
  }
}

function credentialsOf(
  auth: SectigoIssuer['spec']['auth'],
  value: (key: string, field: string) => string,
): SectigoCredentials {
  if (auth.password !== undefined) {
    const { customerUri, login, secretRef } = auth.password
    const field = 'spec.auth.password.secretRef'
    return {
      kind: 'password',
      customerUri,
      login: login ?? value(secretRef.loginKey, field),
      password: value(secretRef.passwordKey, field),
    }
  }
  if (auth.oauth2 !== undefined) {
    const { tokenUrl, secretRef } = auth.oauth2
    const field = 'spec.auth.oauth2.secretRef'
    return {
      kind: 'oauth2',
      tokenUrl,
      clientId: value(secretRef.clientIdKey, field),
      clientSecret: value(secretRef.clientSecretKey, field),
    }
  }
  throw new IssuerProblem('SecretNotFound', 'spec.auth names no way to log in')
}

function pemOf(text: string, where: string): string {
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new IssuerProblem('CABundleInvalid', `${where} holds no PEM certificate`)
}

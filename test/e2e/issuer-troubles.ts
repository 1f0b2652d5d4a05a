// What can go wrong with what an issuer names, as data: how it comes about, what people are told meanwhile, and what cures it.
import { createAuthority } from '../support/pki.ts'
import type { Place } from './troubled-issuers.ts'
import { CLIENT, LOGIN } from './world.ts'

export interface Trouble {
  readonly title: string
  /** What the issuer has that others have not. */
  readonly spec?: (place: Place) => object
  readonly cluster?: true
  /** Makes what the issuer names, before there is the issuer. */
  readonly prepare?: (place: Place) => Promise<unknown>
  readonly cause: (place: Place) => Promise<unknown>
  /** Words of the issuer's condition, `Reason: message`. Absent: there is none, or it is fine. */
  readonly issuer?: (place: Place) => string
  /** Words of the requests; absent: those of the issuer. */
  readonly requests?: (place: Place) => string
  /** Which requests the trouble stops; absent: all. */
  readonly stops?: 'new' | 'open' | 'nobody'
  /** Nothing but a refused order tells of it. */
  readonly noticedByRequest?: true
  readonly cure: (place: Place) => Promise<unknown>
}

const password = { password: LOGIN.password }
const secretAt = ({ namespace }: Place, way = 'password'): string =>
  `Secret "${namespace}/scm" (spec.auth.${way}.secretRef)`
const ownSecret = ({ ownNamespace, issuerRef }: Place): string =>
  `SecretNotFound: Secret "${ownNamespace}/${issuerRef.name}" (spec.auth.password.secretRef) does not exist`

const refused = (place: Place): string => `Unknown user; the credentials are in ${secretAt(place)}`
const secrets: readonly Trouble[] = [
  {
    title: 'its Secret is missing, and created later',
    cause: (place) => place.secret('deleted'),
    issuer: (place) => `SecretNotFound: ${secretAt(place)} does not exist`,
    cure: (place) => place.secret(password),
  },
  {
    title: 'its Secret lacks a key',
    cause: (place) => place.secret({ password: null, passwort: LOGIN.password }),
    issuer: (place) => `SecretKeyMissing: ${secretAt(place)} has no value under the key "password"`,
    cure: (place) => place.secret(password),
  },
  {
    title: 'a value of its Secret is empty',
    cause: (place) => place.secret({ password: ' \n' }),
    issuer: (place) => `SecretKeyMissing: ${secretAt(place)} has no value under the key "password"`,
    cure: (place) => place.secret(password),
  },
  {
    title: 'its password is rotated: good, bad, good again',
    cause: (place) => place.secret({ password: 'a mistake' }),
    issuer: refused,
    cure: (place) => place.secret(password),
  },
  {
    title: 'its password is rotated, at SCM first',
    cause: (place) => place.account({ password: 'Another-Password-2!' }),
    issuer: refused,
    noticedByRequest: true,
    cure: (place) => place.secret({ password: 'Another-Password-2!' }),
  },
  {
    title: 'its password is rotated, in the Secret first, which is touched later',
    cause: (place) => place.secret({ password: 'Another-Password-2!' }),
    issuer: refused,
    async cure(place) {
      await place.account({ password: 'Another-Password-2!' })
      await place.secret({})
    },
  },
  {
    title: 'its password has expired',
    async cause(place) {
      await place.account({ passwordExpires: '2026-01-31' })
      // Else it is noticed within ten minutes.
      await place.secret({})
    },
    issuer: (place) =>
      `CredentialsRefused: the password of this login expired on 2026-01-31; set a new one in SCM and in the Secret; the credentials are in ${secretAt(place)}`,
    async cure(place) {
      await place.account({ password: 'Another-Password-2!', passwordExpires: '2099-12-31' })
      await place.secret({ password: 'Another-Password-2!' })
    },
  },
  {
    title: 'its Secret is in the operator’s namespace, and not beside it',
    async cause(place) {
      await place.secret('deleted')
      await place.secret(password, place.ownNamespace)
    },
    issuer: (place) => `SecretNotFound: ${secretAt(place)} does not exist`,
    async cure(place) {
      await place.secret(password)
      await place.secret('deleted', place.ownNamespace)
    },
  },
  {
    title: 'it is a cluster issuer whose Secret is beside the request, and not in the operator’s namespace',
    cluster: true,
    async cause(place) {
      await place.secret('deleted')
      await place.secret(password, place.namespace)
    },
    issuer: ownSecret,
    cure: (place) => place.secret(password),
  },
]

const clientCertificate: Pick<Trouble, 'spec' | 'prepare'> = {
  spec: ({ login, privateUrl }) => ({
    url: privateUrl,
    auth: { clientCertificate: { customerUri: LOGIN.customerUri, login, secretRef: { name: 'scm' } } },
  }),
  prepare: async (place) => place.secret(await place.clientCertificate()),
}
const ofCertificate = (words: string) => (place: Place) =>
  `${words}; the credentials are in ${secretAt(place, 'clientCertificate')}`
const newCertificate = async (place: Place): Promise<void> => place.secret(await place.clientCertificate())

const clientCertificates: readonly Trouble[] = [
  {
    ...clientCertificate,
    title: 'the PEM of its client certificate is broken',
    cause: (place) => place.secret({ 'tls.crt': '-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n' }),
    issuer: ofCertificate('the client certificate cannot be read as PEM'),
    cure: newCertificate,
  },
  {
    ...clientCertificate,
    title: 'the key does not match its client certificate',
    cause: async (place) => place.secret({ 'tls.key': (await place.clientCertificate())['tls.key'] }),
    issuer: ofCertificate('the key does not belong to the client certificate'),
    cure: newCertificate,
  },
  {
    ...clientCertificate,
    title: 'its client certificate has expired',
    cause: async (place) => place.secret(await place.clientCertificate({ days: 0 })),
    issuer: (place) => ofCertificate(`the client certificate expired on ${today()}`)(place),
    cure: newCertificate,
  },
  {
    ...clientCertificate,
    title: 'the Secret of its client certificate has no key',
    cause: (place) => place.secret({ 'tls.key': null }),
    issuer: (place) => `SecretKeyMissing: ${secretAt(place, 'clientCertificate')} has no value under the key "tls.key"`,
    cure: newCertificate,
  },
  {
    title: 'its OAuth2 client is refused',
    spec: ({ tokenUrl }) => ({ auth: { oauth2: { tokenUrl, secretRef: { name: 'scm' } } } }),
    prepare: (place) => place.secret({ clientId: place.login, clientSecret: CLIENT.clientSecret }),
    cause: (place) => place.secret({ clientSecret: 'a mistake' }),
    issuer: (place) => `correct clientId and clientSecret; the credentials are in ${secretAt(place, 'oauth2')}`,
    cure: (place) => place.secret({ clientSecret: CLIENT.clientSecret }),
  },
]

const today = (): string => new Date().toISOString().slice(0, 10)
const strangers = async (): Promise<string> => (await createAuthority({ name: 'Somebody else' })).pem
const bundleIn = (kind: string) => () => ({ tls: { caBundleRef: { kind, name: 'corp-ca', key: 'ca.crt' } } })
const fromConfigMap: Pick<Trouble, 'spec' | 'prepare'> = {
  spec: bundleIn('ConfigMap'),
  prepare: (place) => place.configMap({ 'ca.crt': place.caPem }),
}
const rightBundle = (place: Place): Promise<void> => place.configMap({ 'ca.crt': place.caPem })
const inBundle = ({ namespace }: Place): string => `ConfigMap "${namespace}/corp-ca" (spec.tls.caBundleRef)`
const notTrusted = (): string => 'TLSFailed: organization/v1: TLS: '

const bundles: readonly Trouble[] = [
  {
    ...fromConfigMap,
    title: 'the CA bundle in its ConfigMap is changed, to a wrong one',
    cause: async (place) => place.configMap({ 'ca.crt': await strangers() }),
    issuer: notTrusted,
    requests: () => 'TLSFailed',
    cure: rightBundle,
  },
  {
    title: 'the CA bundle in its Secret is changed, to a wrong one',
    spec: () => ({ tls: { caBundleRef: { kind: 'Secret', name: 'scm', key: 'ca.crt' } } }),
    prepare: (place) => place.secret({ 'ca.crt': place.caPem }),
    cause: async (place) => place.secret({ 'ca.crt': await strangers() }),
    issuer: notTrusted,
    requests: () => 'TLSFailed',
    cure: (place) => place.secret({ 'ca.crt': place.caPem }),
  },
  {
    ...fromConfigMap,
    title: 'its CA bundle is not under the key that it names',
    cause: (place) => place.configMap({ 'ca.crt': null }),
    issuer: (place) => `CABundleNotFound: ${inBundle(place)} has no key "ca.crt"`,
    cure: rightBundle,
  },
  {
    ...fromConfigMap,
    title: 'its CA bundle is no PEM',
    cause: (place) => place.configMap({ 'ca.crt': 'to be done' }),
    issuer: (place) => `CABundleInvalid: ${inBundle(place)}, key "ca.crt" holds no PEM certificate`,
    cure: rightBundle,
  },
  {
    ...fromConfigMap,
    title: 'the ConfigMap of its CA bundle is deleted',
    cause: (place) => place.configMap('deleted'),
    issuer: (place) => `CABundleNotFound: ${inBundle(place)} does not exist`,
    cure: rightBundle,
  },
]

export const SETTING_TROUBLES: readonly Trouble[] = [...secrets, ...clientCertificates, ...bundles]

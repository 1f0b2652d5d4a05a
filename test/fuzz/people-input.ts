// What must hold for whatever people write: requests, issuers, Secrets, command lines. Each parser of one is here.
import fc from 'fast-check'
import { parseGoDuration } from '../../src/api/go-duration.ts'
import { ANNOTATIONS, OVERRIDABLE, overridden } from '../../src/api/overridden.ts'
import { issuerSpec, type SectigoIssuer } from '../../src/api/sectigo-issuer.ts'
import { BackendError } from '../../src/backends/backend-error.ts'
import { clientCertificateExpires } from '../../src/backends/sectigo/client-certificate.ts'
import { readCredentials, type Secret } from '../../src/controllers/credential-source.ts'
import { environmentProxy } from '../../src/controllers/environment-proxy.ts'
import { IssuerProblem } from '../../src/controllers/issuer-problem.ts'
import { viewIssuer } from '../../src/controllers/issuer-settings.ts'
import { slimRequest } from '../../src/controllers/requests.ts'
import { FlagError } from '../../src/flag-values.ts'
import { readFlags, usage } from '../../src/flags.ts'
import { selects } from '../../src/issuance/label-selector.ts'
import { readOverrides } from '../../src/issuance/overrides.ts'
import { plan } from '../../src/issuance/plan.ts'
import { viewRequest } from '../../src/issuance/request-view.ts'
import { parseCsr } from '../../src/x509/csr.ts'
import { X509Error } from '../../src/x509/errors.ts'
import { uncheckedIssuer } from '../support/issuer.ts'
import { known, requestView } from '../support/known.ts'
import { damaged, type Property } from './property.ts'

const signal = new AbortController().signal
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 40 }))
const json = fc.oneof(fc.jsonValue({ maxDepth: 2 }), text, fc.constantFrom(null, -1, 1e300, '0s', '168h', 'https://x'))

/** Only these may be thrown. */
async function orThrows(make: () => unknown, ...coded: readonly (abstract new (...args: never[]) => Error)[]) {
  try {
    return (await make()) !== false
  } catch (error) {
    return coded.some((kind) => error instanceof kind)
  }
}

/** About a CSR that was good once. */
export function requests(csrPem: string): readonly Property[] {
  const base64 = csrPem.replaceAll(/-----[^-]+-----|\s/g, '')
  const der = damaged(Buffer.from(base64, 'base64'))
  const pem = damaged(Buffer.from(csrPem))
  const written = fc.oneof(der, pem, fc.uint8Array({ maxLength: 200 }))
  const annotation = fc.oneof(
    text,
    fc.constantFrom('90', 'a@b.example, c@d.example', 'Ticket 12', '{"cost-centre":"1"}', 'CertWright:1:x'),
    fc
      .dictionary(fc.constantFrom('cost-centre', '__proto__', 'x'), json, { maxKeys: 2 })
      .map((any) => JSON.stringify(any)),
  )
  const annotations = fc.dictionary(fc.constantFrom(...Object.values(ANNOTATIONS), '__proto__', 'x'), annotation)
  const status = fc.constantFrom('True', 'False', 'Unknown')
  const condition = fc.record({
    type: fc.constantFrom('Approved', 'Denied', 'Ready', 'InvalidRequest'),
    status,
    reason: text,
    message: text,
    lastTransitionTime: fc.constantFrom('2026-11-23T12:00:00Z', '', 'x'),
  })
  return [
    {
      name: 'a CSR of any bytes is read, or refused with a code',
      property: fc.asyncProperty(written, (bytes) => orThrows(() => parseCsr(bytes), X509Error)),
    },
    {
      name: 'a request with anything in it is viewed and planned for, and a bad CSR is never ordered',
      property: fc.asyncProperty(
        fc.oneof(
          written.map((bytes) => Buffer.from(bytes).toString('base64')),
          text,
        ),
        fc.option(text, { nil: undefined }),
        fc.array(condition, { maxLength: 4 }),
        annotations,
        async (request, duration, conditions, annotations) => {
          const { name, namespace, uid } = requestView()
          const times = { resourceVersion: '1', creationTimestamp: '2026-11-23T11:59:55Z' }
          const metadata = { name, namespace, uid, ...times, annotations }
          const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'public-ov' }
          const kept = slimRequest({
            apiVersion: 'cert-manager.io/v1',
            kind: 'CertificateRequest',
            metadata,
            spec: { request, issuerRef, ...(duration === undefined ? {} : { duration }) },
            status: { conditions },
          })
          const view = await viewRequest(kept)
          return plan(known({ request: view })).do !== 'createOrder' || !('field' in view.csr)
        },
      ),
    },
    {
      name: 'annotations of any text are choices that a record has room for, or each that is not is named',
      property: fc.property(annotations, fc.subarray([...OVERRIDABLE]), (given, allowed) => {
        const chosen = readOverrides(given, { allowed, customFields: ['cost-centre'] })
        if ('problems' in chosen)
          return chosen.problems.every(
            ({ field, message }) => field.startsWith('annotation certwright.dev/') && message.length < 400,
          )
        const isListed = Object.keys(chosen).every((field) => allowed.some((one) => one === field))
        return isListed && overridden.safeParse(chosen).success && !/certwright:/i.test(chosen.comments ?? '')
      }),
    },
  ]
}

const whole: SectigoIssuer = {
  ...uncheckedIssuer({ name: 'public-ov', namespace: 'shop', spec: { url: 'https://cert-manager.com/api' } }),
  status: {
    profile: { id: '5170', name: 'OV', terms: [90, 199], keyTypes: {} },
    organization: { id: '8928', name: 'Acme' },
  },
}
const FIELDS = [...Object.keys(issuerSpec.shape), 'x', '__proto__']
const INNER_FIELDS = ['password', 'oauth2', 'clientCertificate', 'profile', 'term', 'id', 'name', 'policy', 'caBundle']
const LIMITS = ['processing', 'approval', 'ordersPerDay', 'openOrders', 'requestsPerSecond', 'unknownOutcomeWait']
const inner = fc.dictionary(fc.constantFrom(...INNER_FIELDS, ...LIMITS), json, { maxKeys: 3 })

const secretValue = fc.oneof(text, fc.string({ minLength: 12, maxLength: 5_000 })).map((value) => ({
  value,
  base64: Buffer.from(value).toString('base64'),
}))

const label = fc.constantFrom('a', 'kubernetes.io/metadata.name', '__proto__', 'constructor')
const operator = fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist')

export const settings: readonly Property[] = [
  {
    name: 'an issuer spec of any shape is taken or refused, and whatever is taken can be worked with',
    property: fc.property(fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(json, inner), { maxKeys: 4 }), (given) => {
      const spec = issuerSpec.safeParse({ ...whole.spec, ...given })
      if (!spec.success) return true
      const view = viewIssuer(
        { ...whole, spec: spec.data },
        { tenant: 'acme' },
        { request: requestView(), order: undefined },
      )
      return Object.values(view.deadlines).every((ms) => ms > 0) && view.offer !== undefined
    }),
  },
  {
    name: 'a Secret of any values gives credentials or names the key, and shows no value',
    property: fc.asyncProperty(
      fc.constantFrom('password', 'clientCertificate', 'oauth2'),
      fc.dictionary(fc.constantFrom('a', 'b'), secretValue),
      (way, values) => {
        const refs = {
          password: { customerUri: 'acme', secretRef: { name: 'scm', loginKey: 'a', passwordKey: 'b' } },
          clientCertificate: {
            customerUri: 'acme',
            login: 'api',
            secretRef: { name: 'scm', certificateKey: 'a', privateKeyKey: 'b' },
          },
          oauth2: {
            tokenUrl: 'https://x.example',
            secretRef: { name: 'scm', clientIdKey: 'a', clientSecretKey: 'b' },
          },
        }
        const auth: SectigoIssuer['spec']['auth'] = { [way]: refs[way as keyof typeof refs] }
        const data = Object.fromEntries(Object.entries(values).map(([key, { base64 }]) => [key, base64]))
        const secret = { ...whole, kind: 'Secret', data } as unknown as Secret
        const client = { get: async () => secret as never }
        const reading = async (): Promise<unknown> => {
          const { credentials } = await readCredentials(
            { ...whole, spec: { ...whole.spec, auth } },
            { client, clusterResourceNamespace: 'certwright' },
            { signal },
          )
          return credentials.kind !== 'clientCertificate' || clientCertificateExpires(credentials, 0)
        }
        return orThrows(
          () =>
            reading().catch((error: Error) => {
              const shown = Object.values(values).some(
                ({ value }) => value.length >= 12 && error.message.includes(value),
              )
              if (shown) return false
              throw error
            }),
          IssuerProblem,
          BackendError,
        )
      },
    ),
  },
  {
    name: 'a selector of namespaces meets any labels, or does not',
    property: fc.property(
      fc.dictionary(label, text, { maxKeys: 3 }),
      fc.array(fc.record({ key: label, operator, values: fc.array(text, { maxLength: 2 }) }), { maxLength: 3 }),
      fc.dictionary(label, text, { maxKeys: 3 }),
      (matchLabels, matchExpressions, labels) => {
        const met = selects({ matchLabels, matchExpressions }, labels)
        const opposite = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' } as const
        const [one, ...others] = matchExpressions
        if (!met || one === undefined || others.length > 0) return true
        return !selects({ matchExpressions: [{ ...one, operator: opposite[one.operator] }] }, labels)
      },
    ),
  },
  {
    name: 'a CA bundle of any text is trusted or refused',
    property: fc.asyncProperty(
      fc.oneof(
        text,
        text.map((body) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`),
      ),
      fc.constantFrom('inline', 'ConfigMap', 'Secret'),
      (caBundle, kind) => {
        const bundle = kind === 'Secret' ? Buffer.from(caBundle).toString('base64') : caBundle
        const data = { password: 'eA==', login: 'eA==', 'ca.crt': bundle }
        const secret = { ...whole, kind: 'Secret', data } as unknown as Secret
        const tls = kind === 'inline' ? { caBundle } : { caBundleRef: { kind, name: 'a', key: 'ca.crt' } as const }
        return orThrows(
          () =>
            readCredentials(
              { ...whole, spec: { ...whole.spec, tls } },
              { client: { get: async () => secret as never }, clusterResourceNamespace: 'certwright' },
              { signal },
            ),
          IssuerProblem,
        )
      },
    ),
  },
  {
    name: 'a duration is a number of seconds, or none',
    property: fc.property(
      fc.oneof(text, fc.stringMatching(/^[-+]?([0-9.]{1,20}(ns|us|µs|ms|s|m|h)){0,4}$/)),
      (given) => {
        const seconds = parseGoDuration(given)
        return seconds === undefined || Number.isFinite(seconds)
      },
    ),
  },
  {
    name: 'a command line of any words is understood, or refused in one line',
    property: fc.asyncProperty(fc.array(fc.oneof(text, flag()), { maxLength: 4 }), (args) =>
      orThrows(() => {
        try {
          return readFlags(args, {})
        } catch (error) {
          return error instanceof FlagError && Promise.reject(error)
        }
      }, FlagError),
    ),
  },
  {
    name: 'a proxy in the environment is used or ignored, whatever is written there',
    property: fc.property(
      fc.oneof(text, fc.webUrl()),
      fc.oneof(text, fc.ipV4(), fc.ipV6()),
      (https_proxy, no_proxy) => {
        const proxy = environmentProxy({ https_proxy, no_proxy }, () => undefined)
        return proxy === undefined || typeof proxy.bypasses(new URL('https://cert-manager.com')) === 'boolean'
      },
    ),
  },
]

/** `--name`, mostly with a value. */
function flag(): fc.Arbitrary<string> {
  const names = [...usage().matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name ?? '')
  const value = fc.oneof(
    text,
    fc.constantFrom('', 'true', '15s', '1m30s', '0', ':8080', '999', '*.a.example:99999', '[::1]'),
  )
  return fc.tuple(fc.constantFrom(...names), value).map(([name, given]) => `${name}=${given}`)
}

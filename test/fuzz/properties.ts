// What must hold for every answer of a CA, however strange, and in every history of an order. Run shortly with the unit tests,
// and for as long as one likes by test/fuzz/fuzz.ts.
import fc from 'fast-check'
import { dayOf, rfc3339 } from '../../src/backends/sectigo/dates.ts'
import { baseOf, endpointOf } from '../../src/backends/sectigo/endpoint.ts'
import { MAX_RETRY_AFTER_MS, retryAfterMs } from '../../src/backends/sectigo/retry-after.ts'
import { phaseOf } from '../../src/backends/sectigo/status.ts'
import { verifyDelivery } from '../../src/issuance/verify.ts'
import { parseCertificates } from '../../src/x509/certificate.ts'
import { orderChain } from '../../src/x509/chain.ts'
import { parseCsr, requestedNames } from '../../src/x509/csr.ts'
import { X509Error } from '../../src/x509/errors.ts'
import { missingNames } from '../../src/x509/names.ts'
import { createCsr, createTestPki, type TestPki } from '../support/pki.ts'
import { kubeAnswers } from './kube-answers.ts'
import { orderCoreProperties } from './order-core/properties.ts'
import { requests, settings } from './people-input.ts'
import { damaged, type Property } from './property.ts'
import { answers } from './scm-answers.ts'

const pad = (value: number, length = 2): string => String(value).padStart(length, '0')
const documentedDays: readonly ((y: number, m: number, d: number) => string)[] = [
  (y, m, d) => `${pad(y, 4)}-${pad(m)}-${pad(d)}`,
  (y, m, d) => `${pad(y, 4)}-${pad(m)}-${pad(d)}T14:30:00.000Z`,
  (y, m, d) => `${pad(m)}/${pad(d)}/${pad(y, 4)}`,
  (y, m, d) => `${pad(m)}/${pad(d)}/${pad(y, 4)} 14:30:00`,
  (y, m, d) => `${pad(d)}.${pad(m)}.${pad(y, 4)}`,
  (y, m, d) => `${pad(d)}.${pad(m)}.${pad(y, 4)} 14:30:00`,
  (y, m, d) => `${pad(y, 4)}/${pad(m)}/${pad(d)}`,
  (y, m, d) => `${pad(y, 4)}/${pad(m)}/${pad(d)} 14:30:00`,
  (y, m, d) => ` ${pad(y, 4)}-${pad(m)}-${pad(d)} 14:30:00 `,
  (y, m, d) => `${pad(m)}/${pad(d)}/${pad(y, 4)} 14:30:00 GMT`,
]

const words: readonly Property[] = [
  {
    name: 'a day is the same in every documented form',
    property: fc.property(
      fc.date({ min: new Date('1990-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
      fc.constantFrom(...documentedDays),
      (date, write) => {
        const text = write(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())
        return dayOf(text) === Math.floor(date.getTime() / DAY_MS) * DAY_MS
      },
    ),
  },
  {
    name: 'a date is RFC 3339 or nothing',
    property: fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d/.T: -]{1,24}$/)), (text) => {
      const date = rfc3339(text)
      return date === undefined || !Number.isNaN(Date.parse(date))
    }),
  },
  {
    name: 'a status does not depend on case, blanks, underscores and hyphens',
    property: fc.property(
      fc.constantFrom(
        'Issued',
        'SA Approved',
        'Enrolled - Pending Download',
        'pre_revoked',
        'AWAITING_APPROVAL',
        'Nobody',
      ),
      fc.array(fc.constantFrom(' ', '_', '-', '\t'), { maxLength: 4 }),
      fc.boolean(),
      (word, blanks, upper) => {
        const spelt = [...word].map((letter, n) => letter + (blanks[n] ?? '')).join('')
        return phaseOf(upper ? spelt.toUpperCase() : spelt.toLowerCase()) === phaseOf(word)
      },
    ),
  },
  {
    name: 'an unknown status is never a success and never the end',
    property: fc.property(fc.stringMatching(/^[A-Z][a-z ]{0,12}x$/), (word) => phaseOf(word) === 'processing'),
  },
  {
    name: 'a pause is bounded, or none is asked for',
    property: fc.property(fc.oneof(fc.string(), fc.nat().map(String)), fc.nat(), (value, now) => {
      const wait = retryAfterMs(value, now)
      return wait === undefined || (wait >= 0 && wait <= MAX_RETRY_AFTER_MS)
    }),
  },
  {
    name: 'a URL names one API however it is spelt',
    property: fc.property(fc.constantFrom('', '/', '/api', '/private', '/private/api'), fc.nat(3), (path, slashes) => {
      const url = `https://scm.example${path}${'/'.repeat(slashes)}`
      const by = baseOf(url, 'clientCertificate')
      return (
        endpointOf(url) === 'https://scm.example/api' &&
        endpointOf(by) === endpointOf(url) &&
        baseOf(by, 'clientCertificate') === by &&
        by === 'https://scm.example/private/api'
      )
    }),
  },
]

const DAY_MS = 86_400_000

/** What was seen to be done to PEM on its way. */
const damages: readonly ((pem: string) => string)[] = [
  (pem) => pem.replaceAll('\n', '\r\n'),
  (pem) => `Bag Attributes\n    friendlyName: x\nsubject=CN = x\n${pem}`,
  (pem) => `\n \t\n${pem}\n\n`,
  (pem) => pem.trimEnd(),
  (pem) => pem.replace(/^/gm, '  '),
  (pem) => pem.replaceAll(/ *$/gm, ' '),
  (pem) => `\uFEFF${pem}`,
  (pem) => pem + pem,
]

/** SignedData without signatures, as CAs send chains (RFC 5652 5.1). */
function pkcs7(certificates: readonly Uint8Array[]): Uint8Array {
  const signedData = Buffer.from('06092a864886f70d010702', 'hex')
  const plain = Buffer.from('06092a864886f70d010701', 'hex')
  const version = Buffer.from('020101', 'hex')
  const none = element(0x31)
  const content = element(0x30, version, none, element(0x30, plain), element(0xa0, ...certificates), none)
  return element(0x30, signedData, element(0xa0, content))
}

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  const { length } = content
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : [0x82, length >> 8, length & 255])]), content])
}

/** About certificates of one small PKI, in any order and state. */
function chains({ pki: { root, intermediate }, leaf, csr: csrPem }: Sample): readonly Property[] {
  const ders = [leaf, intermediate.pem, root.pem].map(
    (pem) => new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')),
  )
  const answers = [...ders, pkcs7(ders), Buffer.from(leaf + intermediate.pem)]
  const spki = parseCertificates(leaf)[0]?.spkiSha256 ?? ''
  const parsed = parseCsr(csrPem)
  const parts = fc.shuffledSubarray([leaf, intermediate.pem, root.pem, leaf, root.pem], { minLength: 5 })
  return [
    {
      name: 'a chain comes out leaf first, whatever order, repetition and state it came in',
      property: fc.property(parts, fc.array(fc.constantFrom(...damages), { maxLength: 3 }), (pems, done) => {
        const text = done.reduce((pem, damage) => damage(pem), pems.join(''))
        const { leaf: found, intermediates, root: top } = orderChain(parseCertificates(text), { spkiSha256: spki })
        return found.pem === leaf && intermediates.length === 1 && top?.pem === root.pem
      }),
    },
    {
      name: 'bytes that are no certificates are said to be none, and nothing else is thrown',
      property: fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), ...answers.map(damaged)), (bytes) => {
        try {
          return parseCertificates(bytes).length > 0
        } catch (error) {
          return error instanceof X509Error
        }
      }),
    },
    {
      name: 'whatever is left of a certificate is judged, and delivered only with the key and the names that were asked for',
      property: fc.asyncProperty(fc.oneof(...answers.map(damaged)), async (bytes) => {
        const csr = await parsed
        const now = Date.now()
        const judged = verifyDelivery({ bytes, csr, createdAt: now, now, heldBy: () => undefined })
        if (judged.verdict !== 'deliver') return judged.message.length > 0
        const [first] = parseCertificates(judged.certificatePem)
        return first?.spkiSha256 === csr.spkiSha256 && missingNames(requestedNames(csr), first.names).length === 0
      }),
    },
  ]
}

/** Of what strangers send: a CA, and people. */
export function parserProperties(sample: Sample): readonly Property[] {
  return [...answers, ...words, ...chains(sample), ...kubeAnswers, ...settings, ...requests(sample.csr)]
}

export function allProperties(sample: Sample): readonly Property[] {
  return [...orderCoreProperties, ...parserProperties(sample)]
}

/** Something good to damage. PEM. */
export interface Sample {
  readonly pki: TestPki
  readonly csr: string
  readonly leaf: string
}

export async function createSample(): Promise<Sample> {
  const pki = await createTestPki()
  const { pem: csr } = await createCsr({ commonName: 'a.example', dns: ['a.example', 'b.example'] })
  return { pki, csr, leaf: await pki.intermediate.sign(csr) }
}

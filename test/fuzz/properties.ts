// What must hold for every answer of a CA, however strange. Run shortly with the unit tests, and for as long as one likes by
// test/fuzz/fuzz.ts.
import fc from 'fast-check'
import { BackendError } from '../../src/backends/backend.ts'
import { dayOf, rfc3339 } from '../../src/backends/sectigo/dates.ts'
import { baseOf, endpointOf } from '../../src/backends/sectigo/endpoint.ts'
import { errorBody } from '../../src/backends/sectigo/error-body.ts'
import { refusalRuleOf } from '../../src/backends/sectigo/errors.ts'
import { fetchCertificate } from '../../src/backends/sectigo/fetch.ts'
import { findOrders } from '../../src/backends/sectigo/find.ts'
import { productOf } from '../../src/backends/sectigo/products.ts'
import { MAX_QUOTE_CHARS, oneLine } from '../../src/backends/sectigo/quote.ts'
import { MAX_RETRY_AFTER_MS, retryAfterMs } from '../../src/backends/sectigo/retry-after.ts'
import { phaseOf } from '../../src/backends/sectigo/status.ts'
import { submitOrder } from '../../src/backends/sectigo/submit.ts'
import {
  csrWith,
  identity,
  type Reply,
  scriptedCaller,
  target,
} from '../../src/backends/sectigo/testing/scripted-caller.ts'
import { parseCertificates } from '../../src/x509/certificate.ts'
import { orderChain } from '../../src/x509/chain.ts'
import { X509Error } from '../../src/x509/errors.ts'
import type { TestPki } from '../support/pki.ts'

export interface Property {
  readonly name: string
  readonly property: fc.IRawProperty<unknown>
}

const signal = new AbortController().signal
const made = { after: Date.UTC(2026, 0, 1), before: Date.UTC(2026, 0, 2) }
const products = [
  productOf({ product: 'ssl' }, 'password'),
  productOf({ product: 'device' }, 'password'),
  productOf({ product: 'client', person: { firstName: 'A', lastName: 'B', email: 'a@b.example' } }, 'password'),
  productOf({ product: 'client', person: { firstName: 'A', lastName: 'B', email: 'a@b.example' } }, 'oauth2'),
]
const product = fc.constantFrom(...products)

/** Words that SCM's answers have, so that random objects come near to real ones. */
const field = fc.constantFrom(
  ...[
    'code',
    'description',
    'sslId',
    'renewId',
    'deviceCertId',
    'orderNumber',
    'id',
    'backendCertId',
    'status',
    'state',
  ],
  ...['comments', 'csrDetails', 'sha256Hash', 'requested', 'statusCode', 'reports', 'commonName', 'name', 'mandatory'],
)
const leafValue = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    -183,
    812,
    '812',
    'Issued',
    identity.csrSha256,
    `${identity.marker}:1`,
    '12/04/2025',
  ),
  fc.string(),
  fc.double(),
)
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(field, fc.oneof(leafValue, fc.dictionary(field, leafValue, { maxKeys: 4 })), { maxKeys: 6 }),
  fc.array(fc.dictionary(field, leafValue, { maxKeys: 4 }), { maxLength: 5 }),
)
const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ status: fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503), json }),
  fc.record({ status: fc.constantFrom(200, 400, 404, 503), text: fc.string({ unit: 'binary' }) }),
  fc.constantFrom<Reply>(
    { fails: 'TimedOut', result: 'unknown' },
    { fails: 'ConnectionRefused', result: 'noEffect' },
    { fails: 'AnswerTooLarge', result: 'unknown' },
  ),
)

/** Only BackendError, with a sentence that fits into a condition. */
async function orBackendError(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    return error instanceof BackendError && error.message.length < LONGEST_SENTENCE && !/\n/.test(error.message)
  }
}

/** An endpoint, a status, a code and a quote. */
const LONGEST_SENTENCE = 600

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

const answers: readonly Property[] = [
  {
    name: 'an error body of any bytes is read, bounded, on one line',
    property: fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      const { code, description = '' } = errorBody(bytes, (text) => oneLine(text))
      return (code === undefined || Number.isInteger(code)) && [...description].length <= MAX_QUOTE_CHARS
    }),
  },
  {
    name: 'an error object with a code as number or text keeps it, 0 included',
    property: fc.property(
      fc.integer({ min: -99_999, max: 9 }),
      fc.boolean(),
      fc.string(),
      (code, asText, description) => {
        const body = Buffer.from(JSON.stringify({ code: asText ? ` ${code} ` : code, description }))
        return errorBody(body, (text) => oneLine(text)).code === code
      },
    ),
  },
  {
    name: 'an enrolment is accepted with an id, refused for certain, or unknown, and never thrown',
    property: fc.asyncProperty(product, reply, async (one, said) => {
      const submission = { target, csr: csrWith(), identity, attempt: 1, note: '', mayBegin: () => true }
      const outcome = await submitOrder(
        scriptedCaller(() => said),
        submission,
        { product: one },
      )
      if (outcome.outcome === 'accepted') return outcome.remote.id.length > 0
      if (outcome.outcome === 'unknown' || 'fails' in said) return true
      const { status = 200, json: body } = said
      const error = errorBody(Buffer.from(JSON.stringify(body ?? '')), (text) => oneLine(text))
      return status === 429 || (status < 500 && refusalRuleOf(error) !== undefined)
    }),
  },
  {
    name: 'a search answers or says that it could not, whatever comes',
    property: fc.asyncProperty(product, fc.array(reply, { minLength: 1, maxLength: 6 }), async (one, replies) => {
      let next = 0
      const caller = scriptedCaller(() => replies[next++ % replies.length] as Reply)
      const names = [{ type: 'dns', value: 'a' } as const]
      const query = {
        target,
        identity,
        csr: csrWith({ commonName: 'cn', names }),
        made,
        mustSee: true,
        product: one,
        signal,
      }
      return (await orBackendError(findOrders(caller, query))) && caller.calls.length < MOST_CALLS
    }),
  },
  {
    name: 'a collect gives bytes, says not yet, or says that it could not',
    property: fc.asyncProperty(product, reply, (one, said) =>
      orBackendError(
        fetchCertificate(
          scriptedCaller(() => said),
          { product: one, remote: { id: '1', attributes: {} }, signal },
        ),
      ),
    ),
  },
]

/** Report, pages of a list, and details of at most 200 orders. */
const MOST_CALLS = 210

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

/** About certificates of one small PKI, in any order and state. */
function chains({ root, intermediate }: Pick<TestPki, 'root' | 'intermediate'>, leaf: string): readonly Property[] {
  const spki = parseCertificates(leaf)[0]?.spkiSha256 ?? ''
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
      property: fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 500 }),
          fc.tuple(fc.nat(leaf.length - 1), fc.string({ maxLength: 3 })).map(([at, put]) => {
            return Buffer.from(leaf.slice(0, at) + put + leaf.slice(at + 1))
          }),
        ),
        (bytes) => {
          try {
            return parseCertificates(bytes).length > 0
          } catch (error) {
            return error instanceof X509Error
          }
        },
      ),
    },
  ]
}

export function allProperties(pki: TestPki, leaf: string): readonly Property[] {
  return [...answers, ...words, ...chains(pki, leaf)]
}

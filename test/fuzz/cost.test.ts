// What foreign text may cost: it is read on the one thread that also renews the leader's lease. Each reader gets a hundred
// kilobytes of whatever could make it go back and forth.
import { describe, expect, it } from 'vitest'
import { parseGoDuration } from '../../src/api/go-duration.ts'
import { ANNOTATIONS, OVERRIDABLE } from '../../src/api/overridden.ts'
import { secretOf } from '../../src/backends/sectigo/credentials.ts'
import { dayOf } from '../../src/backends/sectigo/dates.ts'
import { markerIn, matchIn } from '../../src/backends/sectigo/details.ts'
import { domainsIn } from '../../src/backends/sectigo/domains.ts'
import { errorBody } from '../../src/backends/sectigo/error-body.ts'
import { openValidations } from '../../src/backends/sectigo/order-dcv.ts'
import { sectigoPreflight } from '../../src/backends/sectigo/preflight.ts'
import { listed, oneLine, quoter } from '../../src/backends/sectigo/quote.ts'
import { refusalRuleOf, refusalRules } from '../../src/backends/sectigo/refusals.ts'
import { retryAfterMs } from '../../src/backends/sectigo/retry-after.ts'
import { wordOf } from '../../src/backends/sectigo/status.ts'
import { csrWith, identity, scriptedCaller } from '../../src/backends/sectigo/testing/scripted-caller.ts'
import { createConnections } from '../../src/backends/sectigo/tls.ts'
import { outsideZones } from '../../src/issuance/dns-zones.ts'
import { readOverrides } from '../../src/issuance/overrides.ts'
import { bounded } from '../../src/issuance/tell.ts'
import { errorFromAnswer } from '../../src/kube/errors.ts'
import { Warnings } from '../../src/kube/warnings.ts'
import { formatText } from '../../src/runtime/log-text.ts'
import { parseCertificates } from '../../src/x509/certificate.ts'
import { parseCsr } from '../../src/x509/csr.ts'
import { readGeneralName, type SubjectName } from '../../src/x509/names.ts'

const LENGTH = 100_000
/** Of this thread's own time. Each takes milliseconds; what goes back and forth takes many seconds. */
const MOST_MS = 1_500

const REPEATED: readonly string[] = [
  ...[
    '<',
    '<a',
    '-',
    '=',
    '.',
    ',',
    '@',
    '%',
    '&',
    '"',
    '\\',
    '[',
    '{"a":',
    ' ',
    '\n',
    ' \n',
    '\u202e',
    '\ud83d',
    '\0',
  ],
  ...[
    'a',
    'a.',
    'a-',
    'a@',
    'A: b\n',
    '*.',
    '0',
    '1h',
    '1.',
    '%41',
    '299 - "',
    '-----BEGIN ',
    '-----a',
    identity.marker,
  ],
  ...['-----BEGIN CERTIFICATE-----', '-----BEGIN CERTIFICATE-----a\n'],
]
/** As long as that, with a beginning or an end that makes all the rest fit nothing. */
const HOSTILE = REPEATED.flatMap((piece) => {
  const text = piece.repeat(Math.ceil(LENGTH / piece.length))
  return [`${text}\0`, `<${text}a`]
})

const facts = {
  organization: { id: '1', name: 'Acme' },
  profile: { id: '1', name: 'OV', terms: [90], keyTypes: {} },
}
const settings = {
  url: 'https://scm.example/api',
  tenant: 'acme',
  organization: { id: '1' },
  profile: { id: '1' },
} as const
const person = { firstName: 'A', lastName: 'B', email: 'a@b.example' }
const ZONES = Array.from({ length: 256 }, (_, n) => `zone-${n}.example`)
const named = (value: string): readonly SubjectName[] =>
  (['dns', 'email', 'uri', 'other'] as const).map((type) => ({ type, value }))

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'quoted text': (text) => oneLine(text),
  'several quoted texts': (text) => listed([text, text], oneLine),
  'text that is searched for credentials': quoter(() => ['s3cret-s3cret']),
  'the body of an error': (text) => errorBody(Buffer.from(text), (said) => oneLine(said)),
  'the description of an error': (text) =>
    refusalRules.map(({ code }) => refusalRuleOf({ from: 'scm', code, description: text })),
  'what an order must have validated': (text) => domainsIn(text, csrWith({ commonName: text, names: named(text) })),
  'a status': wordOf,
  'a date': dayOf,
  'a pause that is asked for': (text) => retryAfterMs(text, 0),
  'comments of an order': (text) => markerIn(text, identity),
  'details of an order': (text) =>
    matchIn({ status: text, comments: ' ', commonName: text, subjectAlternativeNames: [text] }, identity, [text]),
  'what is to be published': (text) => {
    const [host, point] = [text, text]
    const caller = scriptedCaller(() => ({ json: [{ instructions: [{ domainName: text, host, point }] }] }))
    return openValidations(caller, {
      remote: { id: '1', attributes: {} },
      rank: 0,
      signal: new AbortController().signal,
    })
  },
  'names that a product cannot carry': (text) =>
    sectigoPreflight({ ...settings, product: 'ssl' }, facts).check({
      csr: csrWith({ names: named(text) }),
      isCA: false,
      durationSeconds: 1,
    }),
  'mail addresses of somebody else': (text) =>
    sectigoPreflight({ ...settings, product: 'client', person }, facts).check({
      csr: csrWith({ names: named(text).map(({ value }) => ({ type: 'email', value })) }),
      isCA: false,
      durationSeconds: 1,
    }),
  'names in zones': (text) => outsideZones({ commonName: text, names: named(text) }, ZONES),
  annotations: (text) =>
    readOverrides(Object.fromEntries(Object.values(ANNOTATIONS).map((name) => [name, text])), {
      allowed: OVERRIDABLE,
      customFields: ['a'],
    }),
  'a duration': parseGoDuration,
  'a message': bounded,
  'a CSR': (text) => parseCsr(text.slice(0, 65_000)).catch(() => undefined),
  'the bytes of a CSR': (text) => parseCsr(Buffer.from(text.slice(0, 60_000))).catch(() => undefined),
  'a name in a CSR': (text) =>
    [0x81, 0x82, 0x86, 0x87, 0xa4].map((tag) =>
      readGeneralName({ tag, content: Buffer.from(text), bytes: Buffer.from(text) }),
    ),
  certificates: (text) => attempt(() => parseCertificates(Buffer.from(text))),
  'a CA bundle': (text) => attempt(() => createConnections({ caBundle: text }).destroy()),
  'a private key': (key) => secretOf({ kind: 'clientCertificate', customerUri: 'a', login: 'b', certificate: '', key }),
  'an error of the API server': (body) =>
    errorFromAnswer({ verb: 'get', resource: 'secrets' }, { status: 500, retryAfter: body, body }),
  'a warning of the API server': (text) => new Warnings(() => {}).read(text),
  'a line of the log': (msg) => formatText(JSON.stringify({ time: '', level: 'info', msg, field: msg })),
}

function attempt(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}

describe('a hundred kilobytes that mean harm cost little time:', () => {
  it.each(Object.entries(readers))('%s', async (_, read) => {
    for (const text of HOSTILE) {
      const before = process.threadCpuUsage()
      await read(text)
      const { user, system } = process.threadCpuUsage(before)
      expect((user + system) / 1_000, text.slice(0, 40)).toBeLessThan(MOST_MS)
    }
  })
})

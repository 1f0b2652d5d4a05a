// Answers of an SCM that may answer anything, now and then nearly what it should.
import fc from 'fast-check'
import { identity, type Reply } from '../../src/backends/sectigo/testing/scripted-caller.ts'

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
  ...['subjectAlternativeNames', 'orgId', 'typeId', 'terms', 'keyTypes', 'departments', 'expirationDate', '__proto__'],
  ...['dcvLog', 'log', 'dcvStatus', 'instructions', 'domainName', 'host', 'point', 'url', 'dcvEmail'],
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
export const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ status: fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503), json }),
  fc.record({ status: fc.constantFrom(200, 400, 404, 503), text: fc.string({ unit: 'binary' }) }),
  fc.constantFrom<Reply>(
    { fails: 'TimedOut', result: 'unknown' },
    { fails: 'ConnectionRefused', result: 'noEffect' },
    { fails: 'AnswerTooLarge', result: 'unknown' },
  ),
)

/** Those that get further: lists of what has the id 812, and an order that is ours. */
export const likelyReply: fc.Arbitrary<Reply> = fc.oneof(
  reply,
  fc
    .array(fc.dictionary(field, json, { maxKeys: 5 }), { minLength: 1, maxLength: 4 })
    .chain((rows) =>
      fc.constantFrom<Reply>({ json: rows.map((row) => ({ name: 'a', ...row, id: 812, terms: [90] })) }),
    ),
  fc.dictionary(field, json, { maxKeys: 5 }).map((row) => ({
    json: { ...row, status: 'Issued', comments: `${identity.marker}:1` },
  })),
)

/** Of an OAuth2 server. */
export const tokenReply: fc.Arbitrary<Reply> = fc.oneof(
  reply,
  fc.record({
    status: fc.constantFrom(200, 400, 401),
    json: fc.record(
      { access_token: leafValue, expires_in: leafValue, error: fc.constantFrom('invalid_client', 'invalid_grant', 1) },
      { requiredKeys: [] },
    ),
  }),
)

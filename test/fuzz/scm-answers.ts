// What must hold for every answer of SCM, however strange: each parser of one is here.
import fc from 'fast-check'
import { issuerStatus } from '../../src/api/sectigo-issuer.ts'
import { BackendError } from '../../src/backends/backend-error.ts'
import { describeIssuer } from '../../src/backends/sectigo/describe.ts'
import { matchIn, oursIn, readDetails } from '../../src/backends/sectigo/details.ts'
import { domainsIn, lookAtDomains } from '../../src/backends/sectigo/domains.ts'
import { cancelOrder, revokeCertificate } from '../../src/backends/sectigo/end.ts'
import { errorBody } from '../../src/backends/sectigo/error-body.ts'
import { failure } from '../../src/backends/sectigo/failure.ts'
import { fetchCertificate } from '../../src/backends/sectigo/fetch.ts'
import { findOrders } from '../../src/backends/sectigo/find.ts'
import { openValidations } from '../../src/backends/sectigo/order-dcv.ts'
import { sectigoPreflight } from '../../src/backends/sectigo/preflight.ts'
import { productOf } from '../../src/backends/sectigo/products.ts'
import { MAX_QUOTE_CHARS, oneLine } from '../../src/backends/sectigo/quote.ts'
import { refusalRuleOf } from '../../src/backends/sectigo/refusals.ts'
import { submitOrder } from '../../src/backends/sectigo/submit.ts'
import {
  csrWith,
  identity,
  type Reply,
  type ScriptedCaller,
  scriptedCaller,
  target,
} from '../../src/backends/sectigo/testing/scripted-caller.ts'
import { createTokenSource } from '../../src/backends/sectigo/token.ts'
import type { Exchange, WireAnswer } from '../../src/backends/sectigo/wire.ts'
import { pending } from '../../src/issuance/tell.ts'
import { known, requestView } from '../support/known.ts'
import type { Property } from './property.ts'
import { likelyReply, reply, tokenReply } from './scm-replies.ts'

const signal = new AbortController().signal
const made = { after: Date.UTC(2026, 0, 1), before: Date.UTC(2026, 0, 2) }
const products = [
  productOf({ product: 'ssl' }, 'password'),
  productOf({ product: 'device' }, 'password'),
  productOf({ product: 'client', person: { firstName: 'A', lastName: 'B', email: 'a@b.example' } }, 'password'),
  productOf({ product: 'client', person: { firstName: 'A', lastName: 'B', email: 'a@b.example' } }, 'oauth2'),
]
const product = fc.constantFrom(...products)
const csr = fc.constantFrom(csrWith({ commonName: 'cn', names: [{ type: 'dns', value: 'a' }] }), undefined)

const remote = { id: '812', attributes: {} }
const settings = {
  url: 'https://scm.example/api',
  tenant: 'acme',
  organization: { id: '812' },
  profile: { id: '812' },
  product: 'ssl',
} as const

/** True, or only BackendError, with a sentence that fits into a condition. */
async function orBackendError(call: Promise<unknown>): Promise<boolean> {
  try {
    return (await call) !== false
  } catch (error) {
    return error instanceof BackendError && error.message.length < LONGEST_SENTENCE && !/\n/.test(error.message)
  }
}

/** These answers one after the other, again and again. */
function inTurn(replies: readonly Reply[]): ScriptedCaller {
  let next = 0
  return scriptedCaller(() => replies[next++ % replies.length] as Reply)
}

/** An endpoint, a status, a code and a quote. */
const LONGEST_SENTENCE = 600

export const answers: readonly Property[] = [
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
    property: fc.asyncProperty(
      product,
      csr,
      fc.array(reply, { minLength: 1, maxLength: 6 }),
      async (one, csr, replies) => {
        const caller = inTurn(replies)
        const query = {
          target,
          identity,
          csr,
          made,
          mustSee: true,
          product: one,
          signal,
        }
        return (await orBackendError(findOrders(caller, query))) && caller.calls.length < MOST_CALLS
      },
    ),
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
  {
    name: 'details are read or not, and say of an order that it is ours only with our marker or hash',
    property: fc.asyncProperty(product, reply, async (one, said) => {
      const caller = scriptedCaller(() => said)
      const ours = readDetails(caller, { product: one, remote, rank: 0, signal }).then((details) => {
        const text = JSON.stringify('json' in said ? said.json : undefined) ?? ''
        const proof = text.includes(identity.marker) || text.toUpperCase().includes(identity.csrSha256)
        return (oursIn(details, identity) !== 'yes' && !isCertain(matchIn(details, identity, undefined))) || proof
      })
      return await orBackendError(ours)
    }),
  },
  {
    name: 'an issuer is described with what its status has room for, or it is said why not',
    property: fc.asyncProperty(product, fc.array(likelyReply, { minLength: 1, maxLength: 5 }), async (one, replies) => {
      const describing = describeIssuer(inTurn(replies), {
        product: one,
        organization: { id: '812' },
        profile: { id: '812' },
        customFields: [{ name: 'a', value: '4711' }],
        credentialsExpire: 'ask',
        signal,
      }).then((facts) => {
        sectigoPreflight(settings, facts).check({ csr: csrWith(), isCA: false, durationSeconds: 86_400 })
        return issuerStatus.safeParse({ profile: facts.profile, organization: facts.organization }).success
      })
      return await orBackendError(describing)
    }),
  },
  {
    name: 'a token is one that a header can carry, or it is said why there is none',
    property: fc.asyncProperty(tokenReply, fc.string(), async (said, header) => {
      const send = async (): Promise<Exchange<WireAnswer>> => {
        if ('fails' in said) return { result: said.result, failure: failure(said.fails) }
        const { status = 200, json, text = JSON.stringify(json ?? {}) } = said
        const headers = { 'retry-after': header }
        return { result: 'answered', answer: { status, headers, bytes: Buffer.from(text), request: 'r' } }
      }
      const clock = { now: () => 0, monotonic: () => 0 }
      const [tokenUrl, clientId, clientSecret] = ['https://auth.example/token', 'id', 's3cret-s3cret']
      const outcome = await createTokenSource({ tokenUrl, clientId, clientSecret, clock, send }).current()
      if ('token' in outcome) return /^[\x21-\x7e]+$/.test(outcome.token)
      const { message, retryAfterMs = 0 } = outcome.failure
      return retryAfterMs >= 0 && message.length < LONGEST_SENTENCE && !/\n|s3cret/.test(message)
    }),
  },
  {
    name: 'an order is ended, or it is said why not, in a few calls',
    property: fc.asyncProperty(product, fc.array(likelyReply, { minLength: 1, maxLength: 4 }), async (one, replies) => {
      const query = { product: one, remote, identity, message: 'x', signal }
      const cancelling = inTurn(replies)
      const revoking = inTurn(replies)
      return (
        (await orBackendError(cancelOrder(cancelling, query))) &&
        (await orBackendError(revokeCertificate(revoking, { ...query, reason: 'superseded' }))) &&
        Math.max(cancelling.calls.length, revoking.calls.length) <= MOST_CALLS_TO_END
      )
    }),
  },
  {
    name: 'the domains of a refusal are a few of those that were asked for, and what SCM has of them is a hash or nothing',
    property: fc.asyncProperty(fc.string(), likelyReply, async (sentence, said) => {
      const names = ['shop.a.example', '*.b.example'].map((value) => ({ type: 'dns', value }) as const)
      const domains = domainsIn(`${sentence} a.example ${sentence}`, csrWith({ names }))
      const authentication = 'password'
      const looking = lookAtDomains(
        scriptedCaller(() => said),
        { domains, authentication, signal },
      )
      return (
        domains.every((domain) => names.some(({ value }) => value.endsWith(domain))) &&
        (await orBackendError(looking.then((shown) => shown === undefined || /^[0-9a-f]{64}$/.test(shown))))
      )
    }),
  },
  {
    name: 'whatever is said of an order is one bounded line, and said once',
    property: fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 5_000 }), fc.string()), (said) => {
      const request = requestView()
      const step = pending(known({ request }), said)
      if (step.do !== 'report') return false
      const { reason, message } = step.ready
      const again = pending(known({ request: { ...request, ready: { reason, message } } }), said)
      return again.do === 'wait' && message.length <= LONGEST_TODO && !/[\p{Cc}\p{Zl}\p{Cs}]/u.test(message)
    }),
  },
  {
    name: 'what has to be published for a domain is one bounded line, or nothing',
    property: fc.asyncProperty(reply, (said) =>
      orBackendError(
        openValidations(
          scriptedCaller(() => said),
          { remote, rank: 0, signal },
        ).then((open) => open === undefined || (open.todo.length < LONGEST_TODO && !/\n/.test(open.todo))),
      ),
    ),
  },
]

function isCertain(match: ReturnType<typeof matchIn>): boolean {
  return match === 'marker' || match === 'csr'
}

/** Details, the deed, details again. */
const MOST_CALLS_TO_END = 3
/** Three quotes and words between them. */
const LONGEST_TODO = 2_000

/** Report, pages of a list, and details of at most 200 orders. */
const MOST_CALLS = 210

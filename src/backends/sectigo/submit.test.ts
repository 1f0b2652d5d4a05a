import { describe, expect, it } from 'vitest'
import { sslProduct } from './ssl.ts'
import { submitOrder } from './submit.ts'
import { csrWith, identity, type Reply, scriptedCaller, target } from './testing/scripted-caller.ts'
import { ENROL_TIMEOUT_MS } from './timing.ts'

async function submit(reply: Reply) {
  const caller = scriptedCaller(() => reply)
  const mayBegin = (): boolean => true
  const submission = { target, csr: csrWith(), identity, attempt: 3, note: 'prod shop/web-1 \u00e9', mayBegin }
  const outcome = await submitOrder(caller, submission, { product: sslProduct({ product: 'ssl' }) })
  return { outcome, caller, mayBegin }
}

describe('rule 4: submitOrder', () => {
  it('sends one order that begins with our marker', async () => {
    const { outcome, caller, mayBegin } = await submit({ json: { sslId: 812, renewId: 'r' } })
    expect(outcome).toEqual({ outcome: 'accepted', remote: { id: '812', attributes: { renewId: 'r' } } })
    expect(caller.calls).toHaveLength(1)
    expect(caller.calls[0]).toMatchObject({
      endpoint: 'ssl/v1/enroll',
      method: 'POST',
      path: 'ssl/v1/enroll',
      body: { comments: 'certwright:1:4b1c:3 prod shop/web-1 ?' },
      timeoutMs: ENROL_TIMEOUT_MS,
    })
    expect(caller.calls[0]?.mayWrite).toBe(mayBegin)
  })

  it('sends what the record has in place of the issuer’s values, of fields that the issuer still names', async () => {
    const caller = scriptedCaller(() => ({ json: { sslId: 812 } }))
    const fields = (...given: [string, string][]) => given.map(([name, value]) => ({ name, value }))
    const overrides = {
      customFields: fields(['cost-centre', '0815'], ['gone', 'x']),
      externalRequester: ['ada@acme.example'],
      comments: 'ticket 12',
    }
    const product = sslProduct({ product: 'ssl', externalRequester: ['pki@acme.example'] })
    const customFields = fields(['cost-centre', '4711'], ['owner', 'shop'])
    const submission = { target, csr: csrWith(), identity, attempt: 1, note: 'shop/web-1', overrides }
    await submitOrder(caller, { ...submission, mayBegin: () => true }, { product, customFields })
    expect(caller.calls[0]?.body).toMatchObject({
      customFields: fields(['cost-centre', '0815'], ['owner', 'shop']),
      externalRequester: 'ada@acme.example',
      comments: 'certwright:1:4b1c:1 shop/web-1 ticket 12',
    })
  })

  it('keeps nothing of an answer that cannot be shown', async () => {
    const { outcome } = await submit({ json: { sslId: 812, renewId: '<b>' } })
    expect(outcome).toEqual({ outcome: 'accepted', remote: { id: '812', attributes: {} } })
  })

  it.each<[Reply, string, string]>([
    [{ fails: 'ConnectionRefused', result: 'noEffect' }, 'busy', 'ConnectionRefused'],
    [{ fails: 'NotSent', result: 'noEffect' }, 'busy', 'NotSent'],
    [{ fails: 'CertificateNotTrusted', result: 'noEffect' }, 'issuer', 'CertificateNotTrusted'],
    [{ status: 429 }, 'busy', 'RateLimited'],
    [{ status: 503, retryAfterMs: 5_000 }, 'busy', 'Unavailable'],
    [{ status: 400, json: { code: -10, description: 'x' } }, 'request', '-10'],
    [{ status: 400, json: { code: -36 } }, 'issuer', '-36'],
    [{ status: 403, json: { code: -37 } }, 'issuer', '-37'],
    [{ status: 400, json: { code: -107 } }, 'validation', '-107'],
  ])('%j is a refusal that %s cures', async (reply, cause, code) => {
    expect((await submit(reply)).outcome).toMatchObject({ outcome: 'refused', refusal: { cause, code } })
  })

  it('passes on how long to wait', async () => {
    const { outcome } = await submit({ status: 429, retryAfterMs: 7_000 })
    expect(outcome).toMatchObject({ refusal: { retryAfterMs: 7_000 } })
  })

  it.each<[Reply, string]>([
    [{ fails: 'ConnectionReset', result: 'unknown' }, 'ConnectionReset'],
    [{ fails: 'TimedOut', result: 'unknown' }, 'TimedOut'],
    [{ fails: 'AnswerTooLarge', result: 'unknown' }, 'AnswerTooLarge'],
    [{ json: {} }, 'NoOrderId'],
    [{ text: '' }, 'NoOrderId'],
    [{ text: '<html>' }, 'NoOrderId'],
    [{ status: 204 }, 'NoOrderId'],
    [{ status: 302 }, 'HTTP302'],
    [{ status: 400, text: '<html>' }, 'HTTP400'],
    [{ status: 400, json: { description: 'Invalid CSR' } }, 'HTTP400'],
    [{ status: 400, json: { code: -129 } }, '-129'],
    [{ status: 400, json: { code: -1 } }, '-1'],
    [{ status: 400, json: { code: 0, description: 'Being processed by Sectigo' } }, '0'],
    [{ status: 400, json: { code: -4242 } }, '-4242'],
    [{ status: 404 }, 'HTTP404'],
    [{ status: 500, json: { code: -36 } }, '-36'],
    [{ status: 502, text: '<html>' }, 'HTTP502'],
    [{ status: 503, text: 'upstream connect error' }, 'HTTP503'],
  ])('%j may have made an order', async (reply, code) => {
    expect((await submit(reply)).outcome).toMatchObject({ outcome: 'unknown', code })
  })
})

describe('a validation that is missing is named', () => {
  const refusal = async (code: number, description: string) => {
    const { outcome } = await submit({ status: 400, json: { code, description } })
    if (outcome.outcome !== 'refused') throw new Error(outcome.outcome)
    return outcome.refusal
  }

  it.each([
    [-107, 'Domain Control Validation is either incomplete or expired for ccmqa.com.'],
    [-737, 'The domain(s): ccmqa.com are not validated!'],
    [-1137, 'The domain(s) ccmqa.com have not been validated under the DCV procedure.'],
    [-1010, "Domain 'ccmqa.com' is not allowed."],
  ])('code %i, by SCM', async (code, description) => {
    const { cause, domains, message } = await refusal(code, description)
    expect({ cause, domains }).toEqual({ cause: 'validation', domains: ['ccmqa.com'] })
    expect(message.split('ccmqa.com')).toHaveLength(2)
  })

  it('by us where SCM does not', async () => {
    expect(await refusal(-1010, 'The domain is not allowed.')).toMatchObject({
      message: expect.stringMatching(
        /^SCM refused the order: The domain is not allowed\. .* \(asked for: ccmqa\.com\)$/,
      ),
      domains: ['ccmqa.com'],
    })
  })

  it('as the organization where it is about that', async () => {
    const { message, domains } = await refusal(-843, 'cannot be requested due to ‘Not validated’ validation status')
    expect(message).toMatch(/under Organizations, Validate \(organization 8928\)$/)
    expect(domains).toBeUndefined()
  })
})

// Reading an order's details and collecting its certificate.
import { describe, expect, it } from 'vitest'
import type { BackendError } from '../backend-error.ts'
import { matchIn, oursIn, readDetails } from './details.ts'
import { deviceProduct } from './device.ts'
import { fetchCertificate } from './fetch.ts'
import { sslProduct } from './ssl.ts'
import { identity, type Reply, scriptedCaller } from './testing/scripted-caller.ts'

const ssl = sslProduct({ product: 'ssl' })
const device = deviceProduct({ product: 'device' })
const signal = new AbortController().signal
const kindOf = (thrown: Promise<unknown>) =>
  thrown.then(
    () => 'nothing',
    (error: BackendError) => error.kind,
  )

describe('readDetails', () => {
  const read = (reply: Reply) => {
    const caller = scriptedCaller(() => reply)
    return {
      caller,
      details: readDetails(caller, { product: ssl, remote: { id: 'a/b==', attributes: {} }, rank: 2, signal }),
    }
  }

  it('asks for dates in one form and reads what it needs', async () => {
    const { caller, details } = read({
      json: { status: 'Issued', comments: null, csrDetails: { sha256Hash: 'AB12' }, id: 1 },
    })
    expect(await details).toMatchObject({ status: 'Issued', csrDetails: { sha256Hash: 'AB12' } })
    expect(caller.calls[0]).toMatchObject({
      path: 'ssl/v1/a%2Fb%3D%3D',
      endpoint: 'ssl/v1/{id}',
      query: { dateFormat: 'ISO_HMS' },
    })
  })

  it.each<[Reply, string]>([
    [{ status: 404, json: { code: -124, description: 'Wrong SSL certificate id 1.' } }, 'Gone'],
    [{ status: 404, json: { description: 'Not found' } }, 'Gone'],
    [{ status: 400, json: { code: -124 } }, 'Gone'],
    [{ status: 400, json: { code: -5101 } }, 'Gone'],
    [{ status: 404, text: '<html>not here</html>' }, 'UnexpectedAnswer'],
    [{ status: 404 }, 'UnexpectedAnswer'],
    [{ status: 403 }, 'AccessDenied'],
    [{ status: 400, json: { code: -37 } }, 'AccessDenied'],
    [{ status: 400, json: { code: -2 } }, 'Unavailable'],
    [{ status: 500 }, 'Unavailable'],
    [{ status: 429 }, 'RateLimited'],
    [{ status: 302 }, 'UnexpectedAnswer'],
    [{ json: [] }, 'UnexpectedAnswer'],
    [{ json: { status: 7 } }, 'UnexpectedAnswer'],
    [{ text: 'Issued' }, 'UnexpectedAnswer'],
    [{ fails: 'ConnectionRefused', result: 'noEffect' }, 'Unreachable'],
    [{ fails: 'TimedOut', result: 'unknown' }, 'Unreachable'],
  ])('%j is %s', async (reply, kind) => {
    expect(await kindOf(read(reply).details)).toBe(kind)
  })
})

describe('rule 7: whose an order is', () => {
  it.each([
    [{ comments: 'certwright:1:4b1c:1' }, 'yes', 'marker'],
    [{ comments: 'certwright:1:4b1c:12 text' }, 'yes', 'marker'],
    [{ comments: 'Bob: fine. certwright:1:4b1c:1' }, 'yes', 'csr'],
    [{ comments: 'certwright:1:4b1c:1', csrDetails: { sha256Hash: 'FF' } }, 'yes', 'marker'],
    [{ comments: '', csrDetails: { sha256Hash: 'ab12' } }, 'yes', 'csr'],
    [{ comments: 'text', csrDetails: { sha256Hash: 'AB12' } }, 'yes', 'csr'],
    [{ comments: 'certwright:1:other:1', csrDetails: { sha256Hash: 'AB12' } }, 'yes', 'none'],
    [{ comments: 'certwright:1:4b1c2:1' }, 'no', 'none'],
    [{ comments: 'text' }, 'no', 'none'],
    [{ csrDetails: { sha256Hash: 'FF' } }, 'no', 'none'],
    // Neither a comment nor a hash: it may be ours if it has no name that was not asked for.
    [{ comments: ' ', csrDetails: { sha256Hash: '' }, commonName: 'CN' }, 'unsaid', 'names'],
    [{ commonName: 'cn', subjectAlternativeNames: ['www.cn', 'other', '2001:db8:0:0:0:0:0:1'] }, 'unsaid', 'names'],
    [{ subjectAlternativeNames: ['other'] }, 'unsaid', 'names'],
    [{}, 'unsaid', 'names'],
    [{ commonName: 'cn', subjectAlternativeNames: ['cn', 'foreign'] }, 'unsaid', 'none'],
    [{ commonName: 'foreign' }, 'unsaid', 'none'],
    [{ commonName: 'cn', comments: 'text' }, 'no', 'none'],
  ])('%j: %s, found as %s', (parts, ours, match) => {
    const details = { status: 'Issued', ...parts }
    expect([oursIn(details, identity), matchIn(details, identity, ['cn', 'Other'])]).toEqual([ours, match])
  })
})

describe('fetchCertificate', () => {
  const fetch = (reply: Reply, product = ssl) => {
    const caller = scriptedCaller(() => reply)
    return { caller, fetched: fetchCertificate(caller, { product, remote: { id: '811', attributes: {} }, signal }) }
  }

  it.each([ssl, device])('gives what SCM gives: $name', async (product) => {
    const { caller, fetched } = fetch({ text: '-----BEGIN CERTIFICATE-----\r\n' }, product)
    expect(await fetched).toEqual({ outcome: 'ready', bytes: Buffer.from('-----BEGIN CERTIFICATE-----\r\n') })
    expect(caller.calls[0]).toMatchObject({ path: `${product.name}/v1/collect/811`, query: { format: 'x509' } })
  })

  it.each<Reply>([
    { status: 400, json: { code: 0, description: 'Being processed by Sectigo' } },
    { status: 400, json: { code: 0, description: 'Being processed by Comodo' } },
    { status: 400, json: { code: -183, description: 'Certificate is not collectable.' } },
    { status: 400, json: { code: -1400 } },
    { status: 404, json: { code: -103 } },
    { status: 404, json: { code: -109 } },
    { status: 400, json: { code: -129 } },
    { status: 400, json: { code: -140 } },
    { status: 400, json: { code: -195 } },
    // Ended since it was looked at: the next look tells how.
    { status: 400, json: { code: -110, description: 'Certificate has been revoked and cannot be downloaded.' } },
    { status: 400, json: { code: -192, description: 'The Certificate has been revoked!' } },
    { status: 400, json: { code: -130 } },
    { status: 400, json: { code: -169 } },
    { text: '' },
    { text: ' \r\n' },
  ])('%j is not yet', async (reply) => {
    expect(await fetch(reply).fetched).toMatchObject({ outcome: 'notYet' })
  })

  it.each<[Reply, string]>([
    [{ status: 400, json: { code: 0, description: 'Nobody knows' } }, 'UnexpectedAnswer'],
    [{ status: 400, json: { code: -126 } }, 'UnexpectedAnswer'],
    [{ status: 400, json: { code: -124 } }, 'Gone'],
    [{ status: 404 }, 'UnexpectedAnswer'],
    [{ text: '<html>Sign in</html>' }, 'UnexpectedAnswer'],
    [{ json: { code: -1 } }, 'UnexpectedAnswer'],
    [{ status: 500 }, 'Unavailable'],
  ])('%j is %s', async (reply, kind) => {
    expect(await kindOf(fetch(reply).fetched)).toBe(kind)
  })

  it('passes on binary forms', async () => {
    expect(await fetch({ text: '0\u0001' }).fetched).toMatchObject({ outcome: 'ready' })
  })
})

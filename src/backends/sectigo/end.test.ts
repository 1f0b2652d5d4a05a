// Declining and revoking: what each answer of SCM means, and that nothing is done to an order that may not be ours.
import { describe, expect, it } from 'vitest'
import type { RevocationReason } from '../backend.ts'
import type { Call } from './call.ts'
import { clientProduct } from './client.ts'
import { deviceProduct } from './device.ts'
import { cancelOrder, revokeCertificate } from './end.ts'
import type { Product } from './product.ts'
import { sslProduct } from './ssl.ts'
import { identity, type Reply, scriptedCaller } from './testing/scripted-caller.ts'

const ssl = sslProduct({ product: 'ssl' })
const device = deviceProduct({ product: 'device' })
const client = clientProduct({ product: 'client', person: { firstName: 'A', lastName: 'B' } }, 'v1')

const ours = (status: string): Reply => ({ json: { status, comments: `${identity.marker}:1` } })
const signal = new AbortController().signal

/** An order that is read as `before`, then answers the POST, and is read as `after` from then on. */
function end(parts: { before: Reply; posted?: Reply; after?: Reply; product?: Product; reason?: RevocationReason }) {
  const { before, posted = { status: 204 }, after = before, product = ssl, reason = 'superseded' } = parts
  let done = false
  const caller = scriptedCaller((call: Call) => {
    if (call.method === 'GET') return done ? after : before
    done = true
    return posted
  })
  const query = { product, remote: { id: '811', attributes: {} }, identity, message: 'given up', signal }
  return {
    caller,
    posts: () => caller.calls.filter(({ method }) => method === 'POST'),
    cancel: () => cancelOrder(caller, query),
    revoke: () => revokeCertificate(caller, { ...query, reason }),
  }
}

const refusal = (code: number, description = ''): Reply => ({ status: 400, json: { code, description } })

describe('rule 10: cancelOrder', () => {
  it.each([
    [ssl, 'Requested', 'ssl/v1/decline/811'],
    [device, 'REQUESTED', 'device/v1/decline/811'],
  ])('declines with a message: $0.name', async (product, status, path) => {
    const { cancel, posts } = end({ before: ours(status), product })
    expect(await cancel()).toEqual({ outcome: 'cancelled' })
    expect(posts()).toMatchObject([{ path, body: { message: 'given up' } }])
  })

  it('is unsupported for client certificates, without a call', async () => {
    const { cancel, caller } = end({ before: ours('requested'), product: client })
    expect(await cancel()).toEqual({ outcome: 'unsupported' })
    expect(caller.calls).toEqual([])
  })

  it.each([
    [ours('Declined'), { outcome: 'cancelled' }],
    [ours('Issued'), { outcome: 'alreadyFinal', phase: 'issued', word: 'Issued' }],
    [ours('Rejected'), { outcome: 'alreadyFinal', phase: 'failed', word: 'Rejected' }],
    [{ json: { status: 'Requested', comments: 'certwright:1:other:1' } }, { outcome: 'notOurs' }],
    [{ json: { status: 'Requested' } }, { outcome: 'notOurs' }],
  ])('does nothing to %j: %j', async (before, outcome) => {
    const { cancel, posts } = end({ before })
    expect(await cancel()).toEqual(outcome)
    expect(posts()).toEqual([])
  })

  it.each<[Reply, Reply, object]>([
    [refusal(-1112), ours('Declined'), { outcome: 'cancelled' }],
    [refusal(-1112), ours('Issued'), { outcome: 'alreadyFinal', phase: 'issued', word: 'Issued' }],
    [refusal(-1112), ours('Applied'), { outcome: 'tooLate', word: 'Applied' }],
    [refusal(-25), ours('Requested'), { outcome: 'notPermitted', message: expect.stringContaining('-25') }],
    [{ status: 403 }, ours('Requested'), { outcome: 'notPermitted', message: expect.stringContaining('403') }],
  ])('answers %j and %j with %j', async (posted, after, outcome) => {
    expect(await end({ before: ours('Requested'), posted, after }).cancel()).toEqual(outcome)
  })

  it.each<[Reply, string]>([
    [refusal(-124), 'Gone'],
    [refusal(-1), 'Unavailable'],
    [{ status: 502 }, 'Unavailable'],
    [{ fails: 'TimedOut', result: 'unknown' }, 'Unreachable'],
  ])('is in trouble after %j', async (posted, kind) => {
    await expect(end({ before: ours('Requested'), posted }).cancel()).rejects.toMatchObject({ kind })
  })
})

describe('revokeCertificate', () => {
  it.each([
    [ssl, 'Issued', 'ssl/v1/revoke/811'],
    [device, 'ISSUED', 'device/v1/revoke/order/811'],
    [client, 'issued', 'smime/v1/revoke/811'],
  ])('sends the reason twice, as a number and in words: $0.name', async (product, status, path) => {
    const { revoke, posts } = end({ before: ours(status), product })
    expect(await revoke()).toEqual({ outcome: 'revoked' })
    expect(posts()).toMatchObject([{ path, body: { reasonCode: 4, reason: 'given up' } }])
  })

  it.each<[RevocationReason, number]>([
    ['unspecified', 0],
    ['keyCompromise', 1],
    ['affiliationChanged', 3],
    ['superseded', 4],
    ['cessationOfOperation', 5],
  ])('knows the number of %s', async (reason, reasonCode) => {
    const { revoke, posts } = end({ before: ours('Issued'), reason })
    await revoke()
    expect(posts()[0]?.body).toMatchObject({ reasonCode })
  })

  it.each([
    [ours('Revoked'), { outcome: 'alreadyRevoked' }],
    [ours('pre_revoked'), { outcome: 'alreadyRevoked' }],
    [ours('Requested'), { outcome: 'notIssued', word: 'Requested' }],
    [ours('Expired'), { outcome: 'notIssued', word: 'Expired' }],
    [{ json: { status: 'Issued', csrDetails: { sha256Hash: 'FF' } } }, { outcome: 'notOurs' }],
  ])('does nothing to %j: %j', async (before, outcome) => {
    const { revoke, posts } = end({ before })
    expect(await revoke()).toEqual(outcome)
    expect(posts()).toEqual([])
  })

  it.each<[Reply, Reply, object]>([
    [refusal(-102, 'Only issued certificates could be revoked.'), ours('Revoked'), { outcome: 'alreadyRevoked' }],
    [refusal(-102), ours('Applied'), { outcome: 'notIssued', word: 'Applied' }],
    [refusal(-159, 'Your certificate already revoked'), ours('Revoked'), { outcome: 'alreadyRevoked' }],
    [refusal(-37), ours('Issued'), { outcome: 'notPermitted', message: expect.stringContaining('-37') }],
  ])('answers %j and %j with %j', async (posted, after, outcome) => {
    expect(await end({ before: ours('Issued'), posted, after }).revoke()).toEqual(outcome)
  })

  it('does not believe a code whose other meaning it is', async () => {
    const posted = refusal(-159, 'Custom fields limit has been exceeded for this customer.')
    await expect(end({ before: ours('Issued'), posted }).revoke()).rejects.toMatchObject({ code: '-159' })
  })

  it('keeps within what SCM takes as a reason', async () => {
    for (const [message, length] of [
      ['x'.repeat(600), 512],
      ['  ', 10],
    ] as const) {
      const caller = scriptedCaller((call) => (call.method === 'GET' ? ours('Issued') : { status: 204 }))
      const remote = { id: '811', attributes: {} }
      await revokeCertificate(caller, { product: ssl, remote, identity, message, reason: 'superseded', signal })
      expect(caller.calls.at(-1)?.body).toMatchObject({ reason: expect.stringMatching(new RegExp(`^.{${length}}$`)) })
    }
  })
})

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  errorFromAnswer,
  errorFromEvent,
  errorFromTransport,
  isAlreadyExists,
  isConflict,
  isExpired,
  isNotFound,
  isResourceVersionTooLarge,
} from './errors.ts'

const asked = { verb: 'patch', resource: 'certificaterequests/status', object: 'shop/www' }

const answer = (status: number, body: object | string, retryAfter?: string) =>
  errorFromAnswer(asked, { status, retryAfter, body: typeof body === 'string' ? body : JSON.stringify(body) })

describe('an answer that is an error', () => {
  it('keeps reason and message of the Status, and says what was asked', () => {
    const error = answer(409, { kind: 'Status', reason: 'Conflict', message: 'the object has been modified' })
    expect(error).toMatchObject({ status: 409, reason: 'Conflict', answered: true, retryAfterMs: undefined })
    expect(error.message).toBe('patch certificaterequests/status "shop/www": the object has been modified')
  })

  it('tells the two kinds of 409 apart', () => {
    const conflict = answer(409, { kind: 'Status', reason: 'Conflict' })
    const exists = answer(409, { kind: 'Status', reason: 'AlreadyExists' })
    expect([isConflict(conflict), isAlreadyExists(conflict)]).toEqual([true, false])
    expect([isConflict(exists), isAlreadyExists(exists)]).toEqual([false, true])
  })

  it('quotes nothing of an answer that is no Status', () => {
    const error = answer(502, '<html>Authorization: Bearer canary</html>')
    expect(error).toMatchObject({ status: 502, reason: 'Unknown', answered: true })
    expect(inspect(error)).not.toContain('canary')
  })

  it.each([
    [404, 'NotFound'],
    [410, 'Expired'],
    [429, 'TooManyRequests'],
    [503, 'ServiceUnavailable'],
  ])('names a bare %i %s', (status, reason) => {
    expect(answer(status, '').reason).toBe(reason)
  })

  it('recognises what is gone', () => {
    expect(isNotFound(answer(404, ''))).toBe(true)
    expect(isExpired(answer(410, { kind: 'Status', reason: 'Gone' }))).toBe(true)
    expect(isNotFound(new Error('404'))).toBe(false)
  })

  it('recognises a resourceVersion that the server does not know yet', () => {
    const message = 'Timeout: Too large resource version: 99999999, current: 297'
    expect(isResourceVersionTooLarge(answer(504, { kind: 'Status', reason: 'Timeout', message }))).toBe(true)
    expect(isResourceVersionTooLarge(answer(504, { kind: 'Status', reason: 'Timeout' }))).toBe(false)
  })

  it('bounds the message', () => {
    expect(answer(422, { kind: 'Status', message: 'x'.repeat(5000) }).message).toHaveLength(1024)
  })
})

describe('Retry-After', () => {
  it.each([
    ['7', 7000],
    ['0', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s is %s ms', (header, ms) => {
    expect(answer(429, '', header).retryAfterMs).toBe(ms)
  })

  it('may be a date', () => {
    const ms = answer(429, '', new Date(Date.now() + 60_000).toUTCString()).retryAfterMs
    expect(ms).toBeGreaterThan(50_000)
    expect(ms).toBeLessThanOrEqual(60_000)
  })

  it('may be in the Status instead', () => {
    expect(answer(504, { kind: 'Status', details: { retryAfterSeconds: 1 } }).retryAfterMs).toBe(1000)
  })
})

describe('an ERROR event', () => {
  it('is read as the answer it stands for', () => {
    const error = errorFromEvent(
      { verb: 'watch', resource: 'secrets' },
      { kind: 'Status', code: 410, reason: 'Expired' },
    )
    expect(isExpired(error)).toBe(true)
  })

  it('may be anything', () => {
    expect(errorFromEvent({ verb: 'watch', resource: 'secrets' }, null)).toMatchObject({ status: 0, reason: 'Unknown' })
  })
})

describe('no answer', () => {
  it('keeps the code of what the HTTP client threw, and nothing else', () => {
    const thrown = Object.assign(new Error('headers: Bearer canary'), { code: 'ECONNREFUSED', options: 'canary' })
    const error = errorFromTransport(asked, thrown)
    expect(error).toMatchObject({ status: 0, reason: 'Unreachable', answered: false })
    expect(error.message).toBe('patch certificaterequests/status "shop/www": ECONNREFUSED')
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary')
  })
})

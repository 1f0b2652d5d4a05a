import { describe, expect, it } from 'vitest'
import { errorBody } from './error-body.ts'
import { oneLine } from './quote.ts'

describe('errorBody', () => {
  it.each([
    ['{"code":-16,"description":"Unknown user"}', { from: 'scm', code: -16, description: 'Unknown user' }],
    [
      '{"code":0,"description":"Being processed by Sectigo"}',
      { from: 'scm', code: 0, description: 'Being processed by Sectigo' },
    ],
    ['{"code":"-36","description":"x","items":[]}', { from: 'scm', code: -36, description: 'x' }],
    ['{"description":"Invalid CSR"}', { from: 'scm', description: 'Invalid CSR' }],
    ['{"code":-9,"description":null}', { from: 'scm', code: -9 }],
    ['{"code":{},"description":7}', { from: 'other' }],
    ['{"error":"x"}', { from: 'other' }],
    ['upstream connect error\nreset', { from: 'other', description: 'upstream connect error reset' }],
    ['<!DOCTYPE html><h1>Bad Gateway</h1>', { from: 'other' }],
    ['{"code":', { from: 'other', description: '{"code":' }],
    ['', { from: 'other' }],
    ['[]', { from: 'other', description: '[]' }],
  ])('%s', (text, body) => {
    expect(errorBody(Buffer.from(text), (quoted) => oneLine(quoted))).toEqual(body)
  })

  it('survives bytes that are no text', () => {
    expect(errorBody(Uint8Array.of(0xff, 0xfe, 0x00), (quoted) => oneLine(quoted)).from).toBe('other')
  })
})

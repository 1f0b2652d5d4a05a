import { describe, expect, it } from 'vitest'
import { failureOf } from './failure.ts'

const withCode = (code: string): Error => Object.assign(new Error('10.1.2.3 Canary'), { code })

describe('failureOf', () => {
  it.each([
    ['ECONNREFUSED', 'Unreachable', 'connection refused'],
    ['ENOTFOUND', 'Unreachable', 'name not found'],
    ['EAI_AGAIN', 'Unreachable', 'name not found'],
    ['UND_ERR_CONNECT_TIMEOUT', 'Unreachable', 'timed out'],
    ['ECONNRESET', 'Unreachable', 'connection reset'],
    ['UND_ERR_SOCKET', 'Unreachable', 'connection reset'],
    ['EHOSTUNREACH', 'Unreachable', 'no route to host'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLSFailed', 'TLS: certificate not trusted'],
    ['CERT_HAS_EXPIRED', 'TLSFailed', 'TLS: certificate expired or not yet valid'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLSFailed', 'TLS: certificate is for another name'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLSFailed', 'TLS: handshake failed'],
    ['constructor', 'Unreachable', 'connection failed'],
    ['ENEWCODE', 'Unreachable', 'connection failed'],
  ])('%s: %s, %s', (code, kind, message) => {
    expect(failureOf(withCode(code))).toMatchObject({ kind, message })
  })

  it('takes the first reason when several addresses were tried', () => {
    expect(failureOf(new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')]))).toMatchObject({
      code: 'ConnectionRefused',
    })
  })

  it.each([undefined, null, 'Canary', new Error('Canary'), { code: 7 }])('never shows %s', (error) => {
    expect(failureOf(error)).toEqual({ kind: 'Unreachable', code: 'ConnectionFailed', message: 'connection failed' })
  })
})

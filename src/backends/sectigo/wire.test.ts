// What one exchange makes of what a connection says, where a real server could not be made to say it.
import type { Dispatcher } from 'undici'
import { describe, expect, it } from 'vitest'
import { exchangeOnce } from './wire.ts'

const request = { method: 'POST', origin: 'https://h', path: '/api', headers: {}, timeoutMs: 1_000 } as const

/** A dispatcher that writes the request and then fails with this code. */
function failsAfterWriting(code: string): Dispatcher {
  const controller = { abort: () => {} } as unknown as Dispatcher.DispatchController
  const dispatch: Dispatcher['dispatch'] = (_, handler) => {
    handler.onRequestStart?.(controller, {})
    handler.onResponseError?.(controller, Object.assign(new Error('secret'), { code }))
    return true
  }
  return { dispatch } as unknown as Dispatcher
}

describe('exchangeOnce', () => {
  // TLS 1.3 lets a client write before the server has judged its certificate, but no server reads on after refusing it.
  it.each([
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
  ])('knows that a refused client certificate had no effect: %s', async (code) => {
    expect(await exchangeOnce(failsAfterWriting(code), request)).toEqual({
      result: 'noEffect',
      failure: {
        kind: 'TLSFailed',
        code: 'ClientCertificateRefused',
        message: 'TLS: the server refused the client certificate',
        request: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    })
  })

  it.each(['ECONNRESET', 'EPROTO', 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'])(
    'does not know what became of it after %s',
    async (code) => {
      expect(await exchangeOnce(failsAfterWriting(code), request)).toMatchObject({ result: 'unknown' })
    },
  )
})

// What one exchange makes of what a connection says: by itself, where a real server could not be made to say it.
import { createServer } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
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

/** What comes of an exchange with somebody who says this. */
async function failureAfter(bytes: string) {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(bytes)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const agent = new Agent()
  const exchange = await exchangeOnce(agent, { ...request, origin: `http://127.0.0.1:${port}`, timeoutMs: 10_000 })
  await agent.destroy()
  server.close()
  return exchange.result === 'unknown' ? exchange.failure.code : exchange.result
}

describe('exchangeOnce', () => {
  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n\r\n', 'AnswerUnreadable'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 'AnswerUnreadable'],
    ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 'AnswerTooLarge'],
    ['less than was announced', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{', 'ConnectionReset'],
  ])('says of an answer what was wrong with it: %s', async (_, bytes, code) => {
    expect(await failureAfter(bytes)).toBe(code)
  })

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

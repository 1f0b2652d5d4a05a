import { describe, expect, it } from 'vitest'
import { createLogger, type LoggerOptions } from './log.ts'

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const log = createLogger({
    level: 'debug',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
    ...options,
  })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') }
}

describe('createLogger', () => {
  it('writes one JSON object a line, with ISO time and a level in words', () => {
    const { log, lines, last } = capture()
    log.info({ object: 'shop/web' }, 'requeued')
    expect(lines).toHaveLength(1)
    expect(last()).toEqual({ level: 'info', time: expect.any(String), object: 'shop/web', msg: 'requeued' })
    expect(new Date(last().time).toISOString()).toBe(last().time)
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = capture({ level: 'warn' })
    log.info({}, 'quiet')
    log.warn({}, 'loud')
    expect(lines).toHaveLength(1)
  })

  it('gives children their fields', () => {
    const { log, last } = capture()
    log.child({ controller: 'requests' }).child({ object: 'a/b' }).warn({}, 'x')
    expect(last()).toMatchObject({ controller: 'requests', object: 'a/b' })
  })

  it.each(['err', 'reason'])(
    'prints of an error under %s its code, message, stack and cause, nothing else',
    (field) => {
      const { log, last } = capture()
      const cause = Object.assign(new Error('socket closed'), { code: 'ECONNRESET', socket: 'SECRET-1' })
      const error = Object.assign(new Error('no answer', { cause }), { status: 503, request: { body: 'SECRET-2' } })
      log.error({ [field]: error }, 'failed')
      expect(Object.keys(last()[field]).sort()).toEqual(['cause', 'message', 'stack', 'type'])
      expect(last()[field].cause).toMatchObject({ type: 'Error', code: 'ECONNRESET', message: 'socket closed' })
      expect(JSON.stringify(last())).not.toContain('SECRET')
    },
  )

  it('survives an error that is its own cause', () => {
    const { log, last } = capture()
    const error = new Error('round')
    error.cause = error
    log.error({ err: error }, 'failed')
    expect(last().err.message).toBe('round')
  })

  it('redacts fields with secret names down to the third level', () => {
    const { log, lines } = capture()
    log.info(
      {
        password: 'S1-SECRET',
        headers: { Authorization: 'S2-SECRET', 'set-cookie': 'S3-SECRET' },
        request: { headers: { authorization: 'S4-SECRET' } },
      },
      'call',
    )
    log.child({ token: 'S5-SECRET' }).info({}, 'child')
    expect(lines.join('')).not.toContain('SECRET')
    expect(lines.join('').match(/\[redacted\]/g)).toHaveLength(5)
  })

  describe('as text', () => {
    it('is one line with level, message and fields', () => {
      const { log, lines } = capture({ format: 'text' })
      log.warn({ object: 'shop/web', attempt: 2, reason: 'not yet' }, 'order is late')
      expect(lines[0]).toMatch(/^\S+Z WARN {2}order is late object=shop\/web attempt=2 reason="not yet"\n$/)
    })

    it('cannot be made to look like two lines', () => {
      const { log, lines } = capture({ format: 'text' })
      log.info({ name: 'a\n2026 ERROR forged', other: '\u001b[2K\u2028x' }, 'first\r\nsecond')
      log.error({ err: new Error('two\nlines') }, 'failed')
      for (const line of lines) expect(line.trimEnd()).not.toMatch(/[\p{Cc}\u2028]/u)
    })
  })
})

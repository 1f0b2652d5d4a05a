// A server that means harm: whatever it answers, the call ends within its time-out, as a whole and not from byte to byte, with
// a word of ours, and costs little memory; and it leads nobody anywhere else.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { drips, ends, floods, type Manner, says, startHostileServer } from './testing/hostile-server.ts'
import { enrol, openTransport } from './testing/open-transport.ts'

const TIMEOUT_MS = 500
/** Longer than the size of an answer takes to be too large. */
const LONG_TIMEOUT_MS = 30_000
/** A loaded machine is late. */
const LATE_MS = 20_000
/** As much as any call takes, and what it may cost at most while it comes, whatever it is made of. */
const MAX_ANSWER_BYTES = 4_194_304
const MOST_MEMORY_MB = 128

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
/** One byte in each of ten thousand chunks. */
const CRUMBS = '1\r\nx\r\n'.repeat(10_000)
const BOMB = gzipSync(Buffer.alloc(64 * 1_048_576))

interface Row {
  readonly name: string
  readonly manner: Manner
  readonly bare?: true
  readonly protocols?: readonly string[]
  readonly result?: 'noEffect' | 'unknown'
  readonly code: string
}

const ROWS: readonly Row[] = [
  { name: 'nothing', manner: () => {}, code: 'TimedOut' },
  { name: 'no TLS, and no end of it', manner: () => {}, bare: true, result: 'noEffect', code: 'TimedOut' },
  {
    // A handshake record of 16 KiB, byte by byte.
    name: 'a handshake byte by byte',
    manner: drips('\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb', '\0'),
    bare: true,
    result: 'noEffect',
    code: 'TimedOut',
  },
  {
    name: 'no TLS but HTTP',
    manner: says(`${OK}\r\n`),
    bare: true,
    result: 'noEffect',
    code: 'HandshakeFailed',
  },
  { name: 'HTTP/2 only', manner: () => {}, protocols: ['h2'], result: 'noEffect', code: 'HandshakeFailed' },
  { name: 'a header byte by byte', manner: drips(`${OK}X: `, 'x'), code: 'TimedOut' },
  { name: 'headers one by one', manner: drips(OK, 'X: x\r\n'), code: 'TimedOut' },
  { name: 'a body byte by byte', manner: drips(`${OK}\r\n`, 'x'), code: 'TimedOut' },
  { name: 'chunks one by one', manner: drips(CHUNKED, '1\r\nx\r\n'), code: 'TimedOut' },
  {
    name: 'a length that never comes',
    manner: says(`${OK}Content-Length: 9007199254740991\r\n\r\n{`),
    code: 'TimedOut',
  },
  { name: 'a status line without end', manner: floods('HTTP/1.1 200 ', 'x'.repeat(65_536)), code: 'TimedOut' },
  { name: 'a header without end', manner: floods(`${OK}X: `, 'x'.repeat(65_536)), code: 'AnswerTooLarge' },
  { name: 'headers without end', manner: floods(OK, 'X: x\r\n'.repeat(10_000)), code: 'AnswerTooLarge' },
  { name: 'a body without end', manner: floods(`${OK}\r\n`, 'x'.repeat(65_536)), code: 'AnswerTooLarge' },
  { name: 'chunks of one byte without end', manner: floods(CHUNKED, CRUMBS), code: 'AnswerTooLarge' },
  {
    name: 'the length of a chunk without end',
    manner: floods(`${CHUNKED}1;`, 'x'.repeat(65_536)),
    code: 'TimedOut',
  },
  {
    name: 'trailers without end',
    manner: floods(`${CHUNKED}0\r\n`, 'X: x\r\n'.repeat(10_000)),
    code: 'AnswerTooLarge',
  },
  {
    name: 'hints without end',
    manner: floods('', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(1_000)),
    code: 'AnswerTooLarge',
  },
  { name: 'leave to go on', manner: floods('', 'HTTP/1.1 100 Continue\r\n\r\n'), code: 'ConnectionReset' },
  {
    name: 'another protocol',
    manner: says('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
    code: 'ConnectionReset',
  },
  { name: 'HTTP/2 unasked', manner: says('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), code: 'AnswerUnreadable' },
]

describe('a server that answers', () => {
  it.each(ROWS)('$name keeps a call no longer than its time-out', async ({ manner, result = 'unknown', ...row }) => {
    const server = await startHostileServer(manner, row)
    const before = process.memoryUsage()
    let most = 0
    const watching = setInterval(() => {
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      most = Math.max(most, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers)
    }, 10)
    const begun = performance.now()
    const timeoutMs = row.code === 'TimedOut' ? TIMEOUT_MS : LONG_TIMEOUT_MS
    const exchange = await openTransport(server).exchange({ ...enrol, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES })
    clearInterval(watching)
    expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS + LATE_MS)
    expect(exchange).toMatchObject({ result, failure: { code: row.code } })
    expect(most / 1_048_576).toBeLessThan(MOST_MEMORY_MB)
    expect(server.accepted()).toBe(1)
  })
})

describe('an answer', () => {
  it('that would grow when it is unpacked is not unpacked', async () => {
    const head = `${OK}Content-Encoding: gzip\r\nContent-Length: ${BOMB.byteLength}\r\n\r\n`
    const server = await startHostileServer(says(Buffer.concat([Buffer.from(head), BOMB])))
    const exchange = await openTransport(server).exchange(enrol)
    expect(exchange.result === 'answered' && exchange.answer.bytes.byteLength).toBe(BOMB.byteLength)
  })

  it('to a question that was not asked yet is not taken for one', async () => {
    const answer = (text: string): string => `${OK}Content-Length: ${text.length}\r\n\r\n${text}`
    let connections = 0
    const server = await startHostileServer((socket) => {
      socket.write(answer(`asked ${++connections}`) + answer('planted'))
    })
    const transport = openTransport(server)
    for (const text of ['asked 1', 'asked 2', 'asked 3']) {
      const exchange = await transport.exchange(enrol)
      expect(exchange.result === 'answered' && Buffer.from(exchange.answer.bytes).toString()).toBe(text)
    }
  })

  it.each([301, 302, 303, 307, 308])('that points somewhere else (%i) leads nobody there', async (status) => {
    const inside = await startHostileServer(() => {}, { bare: true })
    for (const location of [`http://127.0.0.1:${inside.port}/`, `//127.0.0.1:${inside.port}/`, inside.url]) {
      const headers = `Location: ${location}\r\nRefresh: 0; url=${location}\r\nAlt-Svc: h2="127.0.0.1:${inside.port}"\r\n`
      const server = await startHostileServer(ends(`HTTP/1.1 ${status} Moved\r\n${headers}Connection: close\r\n\r\n`))
      const transport = openTransport(server)
      for (const call of [enrol, { ...enrol, method: 'GET', body: undefined } as const]) {
        expect(await transport.exchange(call)).toMatchObject({ result: 'answered', answer: { status } })
      }
    }
    expect(inside.accepted()).toBe(0)
  })
})

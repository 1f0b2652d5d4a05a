import { describe, expect, it } from 'vitest'
import { X509Error } from './errors.ts'
import { readBlocks, writePem } from './pem.ts'

const der = new Uint8Array([0x30, 0x60, ...Array.from({ length: 96 }, (_, n) => (n * 37) % 256)])
const other = new Uint8Array([0x30, 0x02, 0x05, 0x00])
const pem = writePem('CERTIFICATE', der)
const body = Buffer.from(der).toString('base64')
const limits = { maxBytes: 4096 }

describe('writePem', () => {
  it('writes LF, 64 characters a line and a newline at the end', () => {
    const lines = pem.split('\n')
    expect(lines[0]).toBe('-----BEGIN CERTIFICATE-----')
    expect(lines.at(-2)).toBe('-----END CERTIFICATE-----')
    expect(lines.at(-1)).toBe('')
    expect(lines[1]).toHaveLength(64)
    expect(pem).not.toContain('\r')
  })

  it('leaves no empty line when the base64 fills its last line', () => {
    expect(writePem('CERTIFICATE', new Uint8Array(48))).not.toContain('\n\n')
  })
})

describe('readBlocks', () => {
  it.each<[string, string | Uint8Array]>([
    ['clean PEM', pem],
    ['PEM as bytes', Buffer.from(pem)],
    ['a byte order mark', `\uFEFF${pem}`],
    ['a byte order mark in bytes', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(pem)])],
    ['CRLF', pem.replaceAll('\n', '\r\n')],
    ['CR alone', pem.replaceAll('\n', '\r')],
    ['trailing blanks', pem.replaceAll('\n', ' \t\n')],
    ['indentation', pem.replaceAll(/^/gm, '    ')],
    ['empty lines', pem.replaceAll('\n', '\n\n')],
    ['no newline at the end', pem.trimEnd()],
    ['everything on one line', pem.replaceAll('\n', '')],
    ['blanks for line ends', pem.replaceAll('\n', ' ')],
    ['76 characters a line', pem.replace(/(?<=-\n)[\s\S]*(?=\n-)/, body.replaceAll(/(.{76})/g, '$1\n'))],
    ['text around it', `subject=CN = a\nissuer=CN = b\n${pem}the end`],
    ['RFC 1421 headers', pem.replace('-----\n', '-----\nComment: made by hand\nX-Id: 1\n\n')],
  ])('reads %s', (_, input) => {
    expect(readBlocks(input, limits)).toEqual([{ label: 'CERTIFICATE', der }])
  })

  it.each<[string, string | Uint8Array]>([
    ['DER', der],
    ['bare base64 on one line', body],
    ['bare base64 on many lines', body.replaceAll(/(.{20})/g, '$1\r\n')],
    ['bare base64 with a byte order mark', `\uFEFF${body}\n`],
  ])('reads %s, which has no label', (_, input) => {
    expect(readBlocks(input, limits)).toEqual([{ der }])
  })

  it('reads several blocks in order, with text between them', () => {
    const text = `${pem}\nBag Attributes: none\n${writePem('PKCS7', other)}`
    expect(readBlocks(text, limits)).toEqual([
      { label: 'CERTIFICATE', der },
      { label: 'PKCS7', der: other },
    ])
  })

  it('takes the old label of a request for the new one', () => {
    expect(readBlocks(writePem('NEW CERTIFICATE REQUEST', der), limits)).toEqual([
      { label: 'CERTIFICATE REQUEST', der },
    ])
  })

  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['no bytes', new Uint8Array()],
    ['an error page', '<html>Being processed by Sectigo</html>'],
    ['JSON', '{"code":0,"description":"Being processed by Sectigo"}'],
    ['a word that could be base64', 'pending'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00, 0x80])],
  ])('finds no block in %s', (_, input) => {
    expect(readBlocks(input, limits)).toEqual([])
  })

  it.each([
    ['a block that is cut off', pem.slice(0, 60)],
    ['a block that is cut off before another', `${pem.slice(0, 60)}\n${pem}`],
    ['another label at the end', pem.replace('END CERTIFICATE', 'END PKCS7')],
    ['a marker that is cut off', '-----BEGIN CERTIFICATE'],
    ['a label in lower case', pem.replaceAll('CERTIFICATE', 'certificate')],
    ['an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['a character that is not base64', pem.replace('MGA', 'MG*')],
    ['padding in the middle', pem.replace('MGA', 'M=A')],
  ])('refuses %s', (_, input) => {
    expect(codeOf(() => readBlocks(input, limits))).toBe('MalformedPem')
  })

  it('refuses more bytes than allowed', () => {
    expect(codeOf(() => readBlocks('A'.repeat(4097), limits))).toBe('TooLarge')
    expect(codeOf(() => readBlocks(new Uint8Array(4097), limits))).toBe('TooLarge')
  })

  it('refuses more blocks than any chain has', () => {
    const block = writePem('CERTIFICATE', other)
    expect(readBlocks(block.repeat(200), { maxBytes: 1e6 })).toHaveLength(200)
    expect(codeOf(() => readBlocks(block.repeat(201), { maxBytes: 1e6 }))).toBe('TooLarge')
  })

  it('needs linear time for markers without ends', () => {
    const started = performance.now()
    expect(codeOf(() => readBlocks('-----BEGIN A-----'.repeat(60_000), { maxBytes: 2e6 }))).toBe('MalformedPem')
    expect(codeOf(() => readBlocks(`-----BEGIN A-----${' \t'.repeat(500_000)}`, { maxBytes: 2e6 }))).toBe(
      'MalformedPem',
    )
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('never repeats the input in an error', () => {
    try {
      readBlocks('-----BEGIN CERTIFICATE-----\nsecret*\n-----END CERTIFICATE-----', limits)
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain('secret')
    }
  })
})

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof X509Error) return error.code
    throw error
  }
  return 'none'
}

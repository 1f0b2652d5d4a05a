import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { heldMib } from '../../../test/faults/heap.ts'
import { MAX_QUOTE_CHARS, oneLine, quoter, WITHHELD } from './quote.ts'

describe('oneLine', () => {
  it.each([
    ['  a\r\n\tb\u0000c\u202e ', 'a b c'],
    ['<p>Access <b>denied</b></p>', 'Access denied'],
    ['\u001b[31mred\u001b[0m \u2066left\u2069 \u200b\u2028 x', '[31mred [0m left x'],
    ['half \ud83d', 'half \ufffd'],
    ['', ''],
  ])('%j becomes %j', (text, line) => {
    expect(oneLine(text)).toBe(line)
  })

  it('cuts between characters, not inside one', () => {
    const line = oneLine('😀'.repeat(MAX_QUOTE_CHARS + 1))
    expect([...line]).toHaveLength(MAX_QUOTE_CHARS)
    expect(line.endsWith('😀…')).toBe(true)
  })
})

describe('quoter', () => {
  it('follows secrets that change', () => {
    let secrets = ['first-secret']
    const quote = quoter(() => secrets)
    expect(quote('a first-secret b')).toBe(WITHHELD)
    secrets = ['other-secret']
    expect([quote('a first-secret b'), quote('other-secret')]).toEqual(['a first-secret b', WITHHELD])
  })

  it.each(['xx first-se xx', Buffer.from('u:first-secret').toString('base64'), 'xx fi<i></i>rst-secret'])(
    'withholds %s',
    (text) => {
      expect(quoter(() => ['first-secret'])(text)).toBe(WITHHELD)
    },
  )

  // Of each, no eight characters in a row are written in the same way elsewhere.
  it.each<[string, string, (secret: string) => string]>([
    ['a URL', 'a b c d e f', encodeURIComponent],
    ['a form', 'a&b c&d e&f', (secret) => new URLSearchParams({ '': secret }).toString().slice(1)],
    ['JSON', 'a"b\\c"d\\e"f', (secret) => JSON.stringify(secret).slice(1, -1)],
    ['HTML', 'a&b&c&d&e&f', (secret) => secret.replaceAll('&', '&amp;')],
  ])('withholds a secret as %s would write it', (_, secret, written) => {
    expect(quoter(() => [secret])(`it was ${written(secret)}`)).toBe(WITHHELD)
  })

  it('finds a secret shorter than a piece', () => {
    expect(quoter(() => ['q7#x'])('no q7#x here')).toBe(WITHHELD)
  })

  it('does not withhold every text for the sake of a secret that anybody could guess', () => {
    expect(quoter(() => ['p', ''])('SA Approved')).toBe('SA Approved')
  })

  it('shows what shares fewer than eight characters', () => {
    expect(quoter(() => ['password-1'])('wrong passwor')).toBe('wrong passwor')
  })

  it('holds no memory for long secrets, of which tenants may bring as many as they like', async () => {
    const before = heldMib()
    const quoters = Array.from({ length: 4 }, () => {
      const secret = randomBytes(12_288).toString('base64')
      return quoter(() => [secret])
    })
    expect(quoters.map((quote) => quote('a text'))).not.toContain(WITHHELD)
    await nextTurn()
    // The pieces of each take 4.
    expect(heldMib() - before).toBeLessThan(8)
    // They are still in use.
    expect(quoters).toHaveLength(4)
  })
})

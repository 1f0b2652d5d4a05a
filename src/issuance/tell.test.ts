import { describe, expect, it } from 'vitest'
import { bounded } from './tell.ts'

describe('a message', () => {
  it.each([
    ['plain', 'Waiting for SectigoIssuer "scm"', 'Waiting for SectigoIssuer "scm"'],
    ['line breaks', 'a\r\nb\u2028c', 'a  b c'],
    ['escapes of a terminal', '\u001b[31mred\u001b[0m\u0000', ' [31mred [0m '],
    ['text that runs backwards', 'a\u202egnp.exe\u202c', 'a gnp.exe '],
    ['half a character', 'a\ud83d"', 'a\ufffd"'],
    ['too much', 'x'.repeat(3_000), `${'x'.repeat(1_999)}\u2026`],
    ['too much, cut inside a character', `${'x'.repeat(1_998)}\u{1f600}x`, `${'x'.repeat(1_998)}\ufffd\u2026`],
  ])('with %s', (_case, message, said) => {
    expect(bounded(message)).toBe(said)
    expect(bounded(said)).toBe(said)
    // What the API server gives back.
    expect(Buffer.from(said).toString()).toBe(said)
  })
})

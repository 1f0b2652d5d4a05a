import { describe, expect, it } from 'vitest'
import { childrenOf, objectIdentifier, readElement, tags } from './der.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))

describe('readElement', () => {
  it.each([
    ['short length', '30 03 020101', '020101'],
    ['one length byte', `30 81 80 ${'00'.repeat(128)}`, '00'.repeat(128)],
    ['two length bytes', `30 82 0100 ${'01'.repeat(256)}`, '01'.repeat(256)],
    ['indefinite length', '30 80 020101 0000', '020101'],
    ['nested indefinite lengths', '30 80 30 80 020101 0000 0000', '3080020101 0000'],
    ['indefinite length around zeros', '30 80 0402 0000 0000', '0402 0000'],
  ])('reads a %s', (_, input, content) => {
    const element = readElement(hex(input))
    expect(element.tag).toBe(tags.sequence)
    expect(Buffer.from(element.content)).toEqual(Buffer.from(hex(content)))
    expect(Buffer.from(element.bytes)).toEqual(Buffer.from(hex(input)))
  })

  it.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['a content that is cut off', '30 03 0201'],
    ['a length that is cut off', '30 82 01'],
    ['bytes behind', '30 00 00'],
    ['a length of five bytes', '30 85 0000000001 00'],
    ['a length that runs over the end', '30 84 ffffffff 00'],
    ['a long tag number', '3f 81 01 00'],
    ['an indefinite length without an end', '30 80 020101'],
    ['an indefinite length of a primitive', '04 80 0000'],
    ['endless nesting', '3080'.repeat(500)],
  ])('refuses %s', (_, input) => {
    expect(() => readElement(hex(input))).toThrow()
  })
})

describe('childrenOf', () => {
  it('gives each element with its exact bytes', () => {
    const children = childrenOf(readElement(hex('30 08 0603551d11 020101')))
    expect(children.map(({ tag, bytes }) => [tag, Buffer.from(bytes).toString('hex')])).toEqual([
      [6, '0603551d11'],
      [2, '020101'],
    ])
    expect(objectIdentifier(children[0])).toBe('551d11')
    expect(() => objectIdentifier(children[1])).toThrow()
  })

  it('refuses another tag, none, and an inside that is cut off', () => {
    expect(() => childrenOf(readElement(hex('31 00')))).toThrow()
    expect(() => childrenOf(undefined)).toThrow()
    expect(() => childrenOf(readElement(hex('30 02 0205')))).toThrow()
  })
})

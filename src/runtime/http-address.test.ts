import { describe, expect, it } from 'vitest'
import { parseListenAddress } from './http-address.ts'

describe('parseListenAddress', () => {
  it.each([
    [':8081', { port: 8081 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['[::1]:8081', { host: '::1', port: 8081 }],
    ['0', undefined],
  ])('reads %s', (address, expected) => {
    expect(parseListenAddress(address)).toEqual(expected)
  })

  it.each(['', '8081', ':', ':65536', ':-1', '::1:8081', '[::1]', 'http://x:80', 'a b:80', ':80 '])(
    'refuses "%s" and says what is right',
    (address) => {
      expect(() => parseListenAddress(address)).toThrow(`"${address}" is not an address to listen on: use :8081`)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { environmentProxy } from './environment-proxy.ts'

const HTTPS_PROXY = 'http://proxy.example:3128'
const unwarned = (text: string): void => expect.fail(text)

describe('environmentProxy', () => {
  it.each([
    [{ HTTPS_PROXY }, 'http://proxy.example:3128'],
    [{ https_proxy: 'http://lower:1', HTTPS_PROXY }, 'http://lower:1'],
    [{ HTTPS_PROXY: 'proxy.example:3128' }, 'http://proxy.example:3128'],
    [{ HTTPS_PROXY: 'https://proxy.example/' }, 'https://proxy.example'],
    [{ HTTP_PROXY: HTTPS_PROXY }, undefined],
    [{ HTTPS_PROXY: ' ' }, undefined],
    [{}, undefined],
  ])('of %j is %s', (env, url) => {
    expect(environmentProxy(env, unwarned)?.url).toBe(url)
  })

  it.each(['socks5://op:secret@proxy:1080', 'http://:secret'])(
    'warns that it does not use %s, without showing it',
    (text) => {
      const warnings: string[] = []
      expect(environmentProxy({ HTTPS_PROXY: text }, (warning) => warnings.push(warning))).toBeUndefined()
      expect(warnings).toEqual(['HTTPS_PROXY is not used: it must be a URL that begins with http:// or https://'])
    },
  )

  it('takes user and password out of the address', () => {
    expect(environmentProxy({ HTTPS_PROXY: 'http://op:p%40ss@proxy:1' }, unwarned)).toMatchObject({
      url: 'http://proxy:1',
      credentials: { username: 'op', password: 'p@ss' },
    })
  })

  it('takes a percent sign that encodes nothing for itself', () => {
    expect(environmentProxy({ HTTPS_PROXY: 'http://o%40p:100%@proxy:1' }, unwarned)?.credentials).toEqual({
      username: 'o@p',
      password: '100%',
    })
  })

  it.each([
    ['', 'https://scm.example', false],
    ['*', 'https://scm.example', true],
    ['scm.example', 'https://scm.example', true],
    ['SCM.example', 'https://scm.EXAMPLE', true],
    ['scm.example', 'https://a.scm.example', true],
    ['scm.example', 'https://notscm.example', false],
    ['.scm.example', 'https://a.scm.example', true],
    ['.scm.example', 'https://scm.example', false],
    ['*.scm.example', 'https://a.scm.example', true],
    ['scm.example:8443', 'https://scm.example:8443', true],
    ['scm.example:8443', 'https://scm.example', false],
    ['scm.example:443', 'https://scm.example', true],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['192.0.2.7', 'https://192.0.2.7:8443', true],
    ['a, 192.0.2.0/28  b', 'https://192.0.2.15', true],
    ['192.0.2.0/28', 'https://192.0.2.16', false],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['fd00::/8', 'https://[fe80::1]', false],
    ['[fd12::1]:8443', 'https://[fd12::1]:8443', true],
    ['10.0.0.0/99', 'https://10.0.0.1', false],
  ])('NO_PROXY=%s, %s: %s', (NO_PROXY, url, without) => {
    expect(environmentProxy({ HTTPS_PROXY, NO_PROXY }, unwarned)?.bypasses(new URL(url))).toBe(without)
  })
})

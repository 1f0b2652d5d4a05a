import { describe, expect, it } from 'vitest'
import { isAllowed } from './allowed-hosts.ts'

describe('isAllowed', () => {
  it.each<[string, string, boolean]>([
    ['https://cert-manager.com/api', 'cert-manager.com', true],
    ['https://CERT-MANAGER.com/api', 'cert-manager.com', true],
    ['https://cert-manager.com:8443/api', 'cert-manager.com', false],
    ['https://cert-manager.com:8443/api', 'cert-manager.com:8443', true],
    ['https://cert-manager.com/api', 'cert-manager.com:443', true],
    ['https://hard.cert-manager.com/api', '*.cert-manager.com', true],
    ['https://cert-manager.com/api', '*.cert-manager.com', false],
    ['https://evilcert-manager.com/api', '*.cert-manager.com', false],
    ['https://cert-manager.com.evil.example/api', 'cert-manager.com', false],
    ['https://cert-manager.com@evil.example/api', 'cert-manager.com', false],
    ['https://cert-manager.com./api', 'cert-manager.com', false],
    ['https://127.0.0.1:4443/api', '127.0.0.1:4443', true],
    ['https://[::1]:4443/api', '[::1]:4443', true],
    ['https://169.254.169.254/api', '*.cert-manager.com', false],
    ['http://proxy.example:3128', 'proxy.example:3128', true],
    ['http://proxy.example', 'proxy.example', true],
  ])('%s against %s is %s', (url, entry, allowed) => {
    expect(isAllowed(new URL(url), ['other.example', entry])).toBe(allowed)
  })
})

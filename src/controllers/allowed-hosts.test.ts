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

/** What the flags say by default, and a host with its port as a platform team adds it. */
const USUAL = ['cert-manager.com', '*.cert-manager.com', '*.sectigo.com', 'scm.acme.example:8443']

describe('an aim at the inside', () => {
  it.each([
    'https://kubernetes.default.svc/api',
    'https://kubernetes.default.svc.cluster.local:6443',
    'https://localhost/api',
    'https://127.0.0.1/api',
    'https://127.1/api',
    'https://2130706433/api',
    'https://0x7f.0.0.1/api',
    'https://0177.0.0.1/api',
    'https://0/api',
    'https://169.254.169.254/latest',
    'https://2852039166/latest',
    'https://0xa9fea9fe/latest',
    'https://0251.0376.0251.0376/latest',
    'https://[::1]/api',
    'https://[::]/api',
    'https://[::ffff:169.254.169.254]/api',
    'https://[::ffff:a9fe:a9fe]/api',
    'https://[64:ff9b::a9fe:a9fe]/api',
    'https://[fd00:ec2::254]/api',
    'https://10.96.0.1/api',
    'https://cert-manager.com@169.254.169.254/api',
    'https://cert-manager.com%40169.254.169.254/api',
    'https://169.254.169.254\\@cert-manager.com/api',
    'https://cert-manager.com:443@localhost/api',
    'https://cert-manager.com:6443/api',
    'https://scm.acme.example/api',
    'https://cert-manager.com./api',
    'https://cert-manager.com.svc/api',
    'https://cert-manager.com.cert-manager.svc.cluster.local/api',
    'https://xn--cert-manager-x4d.com/api',
    'https://\u0441ert-manager.com/api',
    'https://sectigo.com/api',
  ])('%s is not allowed', (text) => {
    const url = URL.parse(text)
    expect(url === null || isAllowed(url, USUAL), String(url?.host)).toBe(url === null)
  })

  // What is written in another way is what it means, for who connects as well.
  it.each([
    ['https://\uff43ert-manager.com/api', 'cert-manager.com'],
    ['https://CERT-MANAGER.COM:443/api', 'cert-manager.com'],
    ['https://cert-manager.com\\@localhost/api', 'cert-manager.com'],
  ])('%s is one at %s', (text, host) => {
    const url = new URL(text)
    expect([url.hostname, isAllowed(url, USUAL)]).toEqual([host, true])
  })
})

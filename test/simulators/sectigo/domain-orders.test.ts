// Validation of a domain: started, submitted, found or not, and what orders make of it.
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { NOBODY } from './test-client.ts'

const START = Date.UTC(2026, 11, 4, 10, 0, 0)
const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const OPEN = 'unvalidated.example'
const MD5 = expect.stringMatching(/^_[0-9a-f]{32}\.unvalidated\.example\.$/)
const SHA256 = expect.stringMatching(/^[0-9a-f]{32}\.[0-9a-f]{32}\.sectigo\.com\.$/)
let now = START

beforeEach(() => {
  now = START
})
const { simulator, client } = await sharedSimulator({ now: () => now })

const post = (operation: string, body: object, headers = {}): Promise<Reply> =>
  client.call('POST', `/dcv/v1/validation/${operation}`, { body, headers })
const onDomain = async (operation: string, domain = OPEN, more = {}): Promise<unknown> =>
  (await post(operation, { domain, ...more })).json
const status = (domain = OPEN): Promise<unknown> => onDomain('status', domain)

/** Submits a CNAME order for the domain. */
async function submitCname(domain = OPEN): Promise<unknown> {
  await onDomain('start/domain/cname', domain)
  return await onDomain('submit/domain/cname', domain)
}

describe('a validation order', () => {
  it('begins with what to publish, and shows it until it is over', async () => {
    const started = await onDomain('start/domain/cname')
    expect(started).toEqual({ host: MD5, point: SHA256 })
    expect(await status()).toEqual({
      status: 'NOT_VALIDATED',
      orderStatus: 'AWAITING_SUBMISSION',
      orderMode: 'CNAME',
      ...(started as object),
    })
    await onDomain('submit/domain/cname')
    expect(await status()).toMatchObject({ orderStatus: 'SUBMITTED', ...(started as object) })
    await simulator.control.publishDomain(OPEN)
    expect(await status()).toEqual({
      status: 'VALIDATED',
      validationDate: '2026-12-04',
      expirationDate: '2027-06-20',
      orderStatus: 'NOT_INITIATED',
    })
    expect((await client.call('GET', `/dcv/v1/validation?domain=${OPEN}`)).json).toMatchObject([
      { dcvMethod: 'CNAME_CSR_HASH', dcvOrderStatus: 'NOT_INITIATED', dcvOrderMethod: 'CNAME' },
    ])
  })

  it.each(['http', 'https'])('by %s is a file of two lines with the same hashes', async (mode) => {
    const cname = (await onDomain('start/domain/cname')) as { host: string; point: string }
    const file = (await onDomain(`start/domain/${mode}`)) as { url: string; firstLine: string; secondLine: string }
    const name = file.url.replace(/^.*\//, '').replace('.txt', '')
    expect(file.url).toBe(`${mode}://${OPEN}/.well-known/pki-validation/${name}.txt`)
    expect(name).toMatch(/^[0-9A-F]{32}$/)
    expect(cname.host).toBe(`_${name.toLowerCase()}.${OPEN}.`)
    expect(cname.point).toBe(`${file.firstLine.slice(0, 32)}.${file.firstLine.slice(32)}.${file.secondLine}.`)
    expect(await onDomain(`submit/domain/${mode}`)).toMatchObject({ orderStatus: 'SUBMITTED' })
  })

  it('says at its submission what the domain was before', async () => {
    const answer = { orderStatus: 'SUBMITTED', message: 'Submitted successfully', orderBackendId: expect.any(String) }
    await onDomain('start/domain/cname')
    await simulator.control.publishDomain(OPEN)
    expect(await onDomain('submit/domain/cname')).toEqual({ status: 'NOT_VALIDATED', ...answer })
    expect(await status()).toMatchObject({ status: 'VALIDATED' })
    expect(await submitCname('example.com')).toEqual({ status: 'VALIDATED', ...answer })
    expect(await status('example.com')).toMatchObject({ status: 'VALIDATED', orderStatus: 'SUBMITTED' })
  })

  it('by TXT tells what to publish when it is submitted', async () => {
    expect((await post('start/domain/txt', { domain: OPEN })).status).toBe(404)
    const { point, ...answer } = (await onDomain('submit/domain/txt')) as { point: string }
    expect(answer).toMatchObject({ status: 'NOT_VALIDATED', host: `_pki-validation.${OPEN}.` })
    expect(point).toMatch(/^[ -~]{32}$/)
    expect(await status()).toMatchObject({ orderMode: 'TXT', point })
  })

  it('finds values with blanks and signs in TXT records', async () => {
    await simulator.control.patchSettings({ dcvValues: 'perOrder' })
    const points: string[] = []
    for (let index = 0; index < 20; index++) {
      points.push(((await onDomain('submit/domain/txt')) as { point: string }).point)
      await onDomain('clear')
    }
    expect(new Set(points).size).toBe(20)
    expect(points.join('')).toMatch(/ /)
    expect(points.join('')).toMatch(/["\\%<>]/)
  })

  it('is looked at every hour, until somebody publishes', async () => {
    await simulator.control.patchSettings({ dcvCheckDelayMs: 60_000 })
    await submitCname()
    expect(await status()).toMatchObject({ nextCheck: '2026-12-04T10:01:00.000Z' })
    expect(await status()).not.toHaveProperty('lastCheck')
    now += 2 * HOUR_MS
    expect(await status()).toMatchObject({
      lastCheck: '2026-12-04T11:01:00.000Z',
      nextCheck: '2026-12-04T12:01:00.000Z',
    })
    await simulator.control.publishDomain(OPEN)
    now += 60_000 - 1
    expect(await status()).toMatchObject({ status: 'NOT_VALIDATED' })
    now += 1
    expect(await status()).toMatchObject({ status: 'VALIDATED' })
  })

  it('is looked at once more by a synchronization', async () => {
    await submitCname()
    now += 60_000
    expect(await onDomain('sync')).toMatchObject({ status: 'NOT_VALIDATED', lastCheck: '2026-12-04T10:01:00.000Z' })
    now += 60_000
    await simulator.control.publishDomain(OPEN)
    expect(await status()).toMatchObject({ orderStatus: 'SUBMITTED' })
    expect(await onDomain('sync')).toMatchObject({ status: 'VALIDATED', orderStatus: 'NOT_INITIATED' })
    expect(await onDomain('sync', 'example.com')).toMatchObject({ orderStatus: 'NOT_INITIATED' })
  })

  it('is not found once the record is gone, and ends after 30 days', async () => {
    await simulator.control.patchSettings({ dcvCheckDelayMs: 60_000 })
    await submitCname()
    await simulator.control.publishDomain(OPEN)
    await simulator.control.publishDomain(OPEN, false)
    now += 30 * DAY_MS - 1
    expect(await status()).toMatchObject({ status: 'NOT_VALIDATED', orderStatus: 'SUBMITTED' })
    now += 1
    expect(await status()).toEqual({ status: 'NOT_VALIDATED', orderStatus: 'NOT_INITIATED' })
    await expect(simulator.control.publishDomain(OPEN)).rejects.toThrow(/has no order/)
    await expect(simulator.control.publishDomain('nobody.example')).rejects.toThrow(/no domain nobody/)
  })

  it('finds the record of last time, if its values are the same', async () => {
    await submitCname()
    await simulator.control.publishDomain(OPEN)
    await submitCname()
    expect(await status()).toMatchObject({ orderStatus: 'NOT_INITIATED' })
    await onDomain('start/domain/http')
    await onDomain('submit/domain/http')
    expect(await status()).toMatchObject({ orderStatus: 'SUBMITTED' })
  })

  it('does not when they are new each time', async () => {
    await simulator.control.patchSettings({ dcvValues: 'perOrder' })
    const first = await onDomain('start/domain/cname')
    await onDomain('submit/domain/cname')
    await simulator.control.publishDomain(OPEN)
    expect(await status()).toMatchObject({ status: 'VALIDATED' })
    expect(await onDomain('start/domain/cname')).not.toEqual(first)
    await onDomain('submit/domain/cname')
    expect(await status()).toMatchObject({ orderStatus: 'SUBMITTED' })
  })

  it.each([
    ['publishes', 'VALIDATED'],
    ['fails', 'NOT_VALIDATED'],
  ] as const)('over a DNS connector that %s needs nobody: %s', async (dnsConnector, result) => {
    await simulator.control.patchSettings({ dnsConnector })
    const connector = { dnsAgentUUID: '2bf2517526b9445aaf558fcf5a368588', dnsProviderName: 'cloudflare' }
    expect(await onDomain('submit/domain/cname', OPEN, connector)).toMatchObject({ status: 'NOT_VALIDATED' })
    expect(await status()).toMatchObject({ status: result })
  })

  it('can be cleared, with the validation or without, and deleted', async () => {
    await submitCname('example.com')
    expect(await onDomain('clear', 'example.com')).toEqual({
      status: 'VALIDATED',
      orderStatus: 'NOT_INITIATED',
      message: 'DCV status: VALIDATED; DCV order status: NOT_INITIATED',
    })
    expect(await status('example.com')).toMatchObject({ status: 'VALIDATED', orderStatus: 'NOT_INITIATED' })
    await simulator.control.patchSettings({ dcvClear: 'all' })
    expect(await onDomain('clear', 'example.com')).toMatchObject({ status: 'NOT_VALIDATED' })
    await simulator.control.reset()
    const deleted = await post('delete', { domain: 'example.com' })
    expect([deleted.status, deleted.text]).toEqual([200, ''])
    expect(await status('example.com')).toEqual({ status: 'NOT_VALIDATED', orderStatus: 'NOT_INITIATED' })
  })

  it('is under v2 too, with the words of the OAuth2 API', async () => {
    await simulator.control.patchSettings({ flavour: 'admin' })
    const { json } = await client.call('POST', '/dcv/v2/validation/submit/domain/txt', { body: { domain: OPEN } })
    expect(json).toMatchObject({ status: 'Not validated', orderStatus: 'Submitted' })
  })
})

describe('a validation order is refused', () => {
  it.each([
    ['start/domain/cname', 'ab', {}, -1001],
    ['start/domain/cname', 'unknown.example', {}, -727],
    ['start/domain/http', 'suspended.example', {}, -715],
    ['submit/domain/https', OPEN, {}, -724],
    ['submit/domain/email', OPEN, { email: 'nobody' }, -1001],
    ['submit/domain/email', '', { email: `admin@${OPEN}` }, -1001],
    ['clear', 'unknown.example', {}, -727],
  ])('%s of %s', async (operation, domain, more, code) => {
    expect(await onDomain(operation, domain, more)).toMatchObject({ code })
  })

  it('while another one waits, and with another method than the one that was started', async () => {
    await onDomain('start/domain/cname')
    expect(await onDomain('submit/domain/http')).toEqual({
      code: -724,
      description:
        "The request for 'unvalidated.example' cannot be processed since it's domain validation status is AWAITING_SUBMISSION.",
    })
    await onDomain('submit/domain/cname')
    expect(await onDomain('start/domain/http')).toMatchObject({ code: -724 })
    expect(await onDomain('submit/domain/txt')).toMatchObject({ code: -724 })
    await onDomain('clear')
    expect(await onDomain('start/domain/http')).toHaveProperty('url')
  })

  it('for a domain below another one', async () => {
    const { domains } = await simulator.control.catalogue()
    const below = domains.map((one) => ({ ...one, id: one.id + 100, name: `www.${one.name}` }))
    await simulator.control.patchCatalogue({ domains: [...domains, ...below] })
    expect(await onDomain('start/domain/cname', 'www.example.com')).toEqual({
      code: -723,
      description: 'www.example.com is not a high-level domain. Only high-level domains can be validated.',
    })
  })

  it('without the privilege, and where domains are not validated', async () => {
    const operations = ['start/domain/cname', 'submit/domain/txt', 'clear', 'delete', 'sync']
    for (const operation of operations) {
      expect((await post(operation, { domain: OPEN }, NOBODY)).json, operation).toMatchObject({ code: -3 })
    }
    await simulator.control.patchSettings({ dcvEnabled: false })
    for (const operation of operations) expect(await onDomain(operation), operation).toMatchObject({ code: -1608 })
  })
})

describe('an order for a certificate', () => {
  it.each(['dcvIncomplete', 'domainsWithoutDcv', 'domainsNotValidated'] as const)(
    'that was refused with %s succeeds after the validation',
    async (dcvRefusal) => {
      await simulator.control.patchSettings({ domainChecks: true, dcvRefusal })
      const enroll = (): Promise<Reply> => client.enrollSsl({ subjAltNames: `www.${OPEN}, a.example.com` })
      expect((await enroll()).status).toBe(400)
      await submitCname()
      expect((await enroll()).status).toBe(400)
      await simulator.control.publishDomain(OPEN)
      await onDomain('sync')
      expect((await client.enrollSsl({ subjAltNames: `www.${OPEN}` })).status).toBe(200)
    },
  )

  it('is refused again when the validation is over', async () => {
    await simulator.control.patchSettings({ domainChecks: true, dcvReuseDays: 10 })
    await submitCname()
    await simulator.control.publishDomain(OPEN)
    expect((await client.enrollSsl({ subjAltNames: OPEN })).status).toBe(200)
    now += 10 * DAY_MS
    expect(await status()).toMatchObject({ status: 'EXPIRED', expirationDate: '2026-12-14' })
    expect((await client.enrollSsl({ subjAltNames: OPEN })).json).toMatchObject({ code: -107 })
  })
})

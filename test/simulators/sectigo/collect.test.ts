// Every collect format, read by openssl, and every answer before there is something to collect.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CaKeyType } from './ca.ts'
import type { PendingAnswer } from './settings.ts'
import type { Simulator } from './simulator.ts'
import { startSimulator } from './simulator.ts'
import type { TestClient } from './test-client.ts'
import { createTestClient, idOf, openssl } from './test-client.ts'

const ROOT = 'Simulated Root CA'
const ISSUING = 'Simulated Issuing CA'
const LEAF = 'a.example.com'

/** The CN of each subject, in the order openssl prints them; its spacing differs between versions. */
function commonNames(text: string): string[] {
  return [...text.matchAll(/^subject=.*?CN ?= ?([^,\n]+)$/gm)].map((match) => match[1] ?? '')
}

describe.each<CaKeyType>(['EC', 'RSA'])('formats, signed by %s', (caKeyType) => {
  let simulator: Simulator
  let client: TestClient
  let id: number

  beforeAll(async () => {
    simulator = await startSimulator({ caKeyType })
    client = createTestClient(simulator)
  })
  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await simulator.close()
  })
  beforeEach(async () => {
    await simulator.control.reset()
    id = idOf(await client.enrollSsl())
  })

  /** Subjects in a PEM answer: openssl reads one certificate at a time, so it goes through a PKCS#7 bundle. */
  async function subjects(text: string): Promise<string[]> {
    const p7 = await openssl(['crl2pkcs7', '-nocrl', '-certfile', 'answer.pem'], { 'answer.pem': text })
    return commonNames(await openssl(['pkcs7', '-in', 'p7.pem', '-print_certs', '-noout'], { 'p7.pem': p7 }))
  }

  it.each([
    ['x509', [ROOT, ISSUING, LEAF]],
    ['pem', [ROOT, ISSUING, LEAF]],
    ['x509R', [LEAF, ISSUING, ROOT]],
    ['x509CO', [LEAF]],
    ['pemco', [LEAF]],
    ['x509IO', [ROOT, ISSUING]],
    ['x509IOR', [ISSUING, ROOT]],
    ['pemia', [LEAF, ISSUING]],
  ])('%s', async (format, expected) => {
    const reply = await client.call('GET', `/ssl/v1/collect/${id}?format=${format}`)
    expect(reply.headers['content-type']).toBe('application/octet-stream;charset=UTF-8')
    expect(reply.headers['content-disposition']).toBe('attachment; filename="a_example_com.cer"')
    expect(await subjects(reply.text)).toEqual(expected)
    expect((await client.call('GET', `/ssl/v1/collect/${id}/${format}`)).text).toBe(reply.text)
  })

  it('base64 is a PKCS#7 armour, leaf first, and the default', async () => {
    const reply = await client.call('GET', `/ssl/v1/collect/${id}?format=base64`)
    expect(reply.text).toMatch(/^-----BEGIN PKCS7-----\n/)
    const text = await openssl(['pkcs7', '-in', 'answer', '-print_certs', '-noout'], { answer: reply.text })
    expect(commonNames(text)).toEqual([LEAF, ISSUING, ROOT])
    expect((await client.call('GET', `/ssl/v1/collect/${id}`)).text).toBe(reply.text)
  })

  it('bin is the same in DER', async () => {
    const reply = await client.call('GET', `/ssl/v1/collect/${id}?format=bin`)
    const args = ['pkcs7', '-inform', 'DER', '-in', 'answer', '-print_certs', '-noout']
    expect(commonNames(await openssl(args, { answer: reply.bytes }))).toEqual([LEAF, ISSUING, ROOT])
  })

  it('the chain verifies', async () => {
    const leaf = (await client.call('GET', `/ssl/v1/collect/${id}?format=x509CO`)).text
    const issuing = (await client.call('GET', `/ssl/v1/collect/${id}?format=x509IOR`)).text
    const files = { 'leaf.pem': leaf, 'issuing.pem': issuing, 'root.pem': simulator.rootPem }
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'root.pem', '-untrusted', 'issuing.pem']
    expect(await openssl([...args, 'leaf.pem'], files)).toBe('leaf.pem: OK\n')
    const names = ['-verify_hostname', 'a.example.com']
    expect(await openssl([...args, ...names, 'leaf.pem'], files)).toBe('leaf.pem: OK\n')
  })

  it('a device chain verifies for both usages', async () => {
    const device = idOf(await client.enrollDevice())
    const leaf = (await client.call('GET', `/device/v1/collect/${device}?format=pemco`)).text
    const files = { 'leaf.pem': leaf, 'issuing.pem': simulator.intermediatePem, 'root.pem': simulator.rootPem }
    for (const purpose of ['sslserver', 'sslclient']) {
      const args = ['verify', '-purpose', purpose, '-CAfile', 'root.pem', '-untrusted', 'issuing.pem', 'leaf.pem']
      expect(await openssl(args, files)).toBe('leaf.pem: OK\n')
    }
  })

  it('leaves the root out, uses CRLF, drops the last newline, or sends blocks for base64 when told', async () => {
    await simulator.control.patchSettings({
      includeRoot: false,
      crlf: true,
      finalNewline: false,
      base64Answer: 'pemBlocks',
    })
    const reply = await client.call('GET', `/ssl/v1/collect/${id}?format=base64`)
    expect(reply.text).toMatch(/^-----BEGIN CERTIFICATE-----\r\n/)
    expect(reply.text).toMatch(/-----END CERTIFICATE-----$/)
    expect(await subjects(reply.text)).toEqual([ISSUING, LEAF])
  })

  it('refuses unknown formats with each product’s code', async () => {
    expect((await client.call('GET', `/ssl/v1/collect/${id}?format=pkcs7`)).json).toEqual({
      code: -126,
      description: 'Unknown SSL certificate file format requested: pkcs7',
    })
    const device = idOf(await client.enrollDevice())
    expect((await client.call('GET', `/device/v1/collect/${device}?format=pkcs7`)).json).toMatchObject({ code: -1450 })
  })
})

describe('before there is a certificate', () => {
  let now = Date.now()
  let simulator: Simulator
  let client: TestClient

  beforeAll(async () => {
    simulator = await startSimulator({ now: () => now, settings: { issueDelayMs: 1000 } })
    client = createTestClient(simulator)
  })
  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await simulator.close()
  })

  it('SSL answers 400 code 0, device 400 code -183', async () => {
    const ssl = await client.call('GET', `/ssl/v1/collect/${idOf(await client.enrollSsl())}?format=x509`)
    expect(ssl.status).toBe(400)
    expect(ssl.text).toBe('{"code":0,"description":"Being processed by Sectigo"}')
    const device = await client.call('GET', `/device/v1/collect/${idOf(await client.enrollDevice())}?format=x509`)
    expect(device.json).toEqual({ code: -183, description: 'Certificate is not collectable.' })
  })

  it.each([
    ['beingProcessed', 400, 0],
    ['beingProcessedComodo', 400, 0],
    ['requestBeingProcessed', 400, -1400],
    ['notCollectable', 400, -183],
    ['notCollectedYet', 400, -103],
    ['notAvailableNow', 400, -109],
    ['notCollectedYet404', 404, -103],
    ['notAvailableNow404', 404, -109],
    ['empty', 200, undefined],
    ['gateway', 503, undefined],
  ] satisfies [PendingAnswer, number, number | undefined][])('can answer %s', async (kind, status, code) => {
    await simulator.control.patchSettings({ sslPendingAnswer: kind, devicePendingAnswer: kind })
    const id = idOf(await client.enrollSsl())
    const reply = await client.call('GET', `/ssl/v1/collect/${id}`)
    expect(reply.status).toBe(status)
    expect((reply.json as { code: number } | undefined)?.code).toBe(code)
    if (kind === 'empty') expect(reply.text).toBe('')
    if (kind === 'gateway') expect(reply.text).toMatch(/^upstream connect error/)
  })

  it('can lag behind the status', async () => {
    await simulator.control.reset()
    await simulator.control.patchSettings({ issueDelayMs: 0, collectLagMs: 500 })
    const id = idOf(await client.enrollSsl())
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ status: 'Issued' })
    expect((await client.call('GET', `/ssl/v1/collect/${id}`)).json).toMatchObject({ code: 0 })
    now += 500
    expect((await client.call('GET', `/ssl/v1/collect/${id}`)).status).toBe(200)
  })

  it('can lag behind the status by so many calls', async () => {
    await simulator.control.reset()
    await simulator.control.patchSettings({ issueDelayMs: 0, collectLagPolls: 2 })
    const id = idOf(await client.enrollSsl())
    const collect = async (): Promise<number> => (await client.call('GET', `/ssl/v1/collect/${id}`)).status
    for (const status of [400, 400, 200, 200]) {
      expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ status: 'Issued' })
      expect(await collect()).toBe(status)
    }
  })

  it.each(['Declined', 'Rejected', 'Invalid'])('cannot be told from a refused order: %s', async (status) => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.setStatus(id, status)
    expect((await client.call('GET', `/ssl/v1/collect/${id}`)).json).toMatchObject({ code: -183 })
  })

  it('is -110 once revoked and -124 when unknown', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.setStatus(id, 'Revoked')
    expect((await client.call('GET', `/ssl/v1/collect/${id}`)).json).toMatchObject({ code: -110 })
    expect((await client.call('GET', '/ssl/v1/collect/1')).json).toMatchObject({ code: -124 })
  })
})

// Certificates of elsewhere and keys of SCM's own: operations that the operator never uses, as the document has them.
import { deflateRawSync } from 'node:zlib'
import { FormData } from 'undici'
import { describe, expect, it } from 'vitest'
import { x509 } from './asn1.ts'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { csrPem, idOf, REQUESTER } from './test-client.ts'
import { readZip } from './zip-archive.ts'

const { simulator, client } = await sharedSimulator()

/** A self-signed certificate in base64, its serial number with a leading zero. */
async function foreign(subject: string, serialNumber = '0e11bbd70d54b710'): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    serialNumber,
    keys: keys as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[0]['keys'],
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 1000),
    notAfter: new Date(Date.now() + 90 * 24 * 60 * 60 * 1000),
  })
  return certificate.toString('base64')
}

const PATHS = { ssl: '/ssl/v2/import', device: '/device/v1/import' } as const

describe.each(['ssl', 'device'] as const)('import of %s', (product) => {
  const importAll = (entries: readonly object[], headers = {}): Promise<Reply> =>
    client.call('POST', PATHS[product], { body: entries, headers })
  const entry = async (fields: object = {}): Promise<object> => ({
    orgID: 8928,
    backendCertId: '1234567890DFa',
    cert: await foreign('C=GB, O=Acme, CN=shop.example.com'),
    ...fields,
  })

  it('takes a certificate over, once', async () => {
    const one = await entry({ comments: 'from elsewhere', owner: 'o@acme.example' })
    const reply = await importAll([one])
    const cert = { id: expect.any(Number), subject: 'CN=shop.example.com,O=Acme,C=GB', serialNumber: 'E11BBD70D54B710' }
    const row = { successful: true, backendCertId: '1234567890DFa', cert, created: true }
    expect(reply.json).toEqual([row])
    expect((await importAll([{ ...one, comments: 'again' }])).json).toEqual([{ ...row, created: false }])
    const [order, ...more] = await simulator.control.orders()
    expect(more).toEqual([])
    expect(order).toMatchObject({ product, status: 'Issued', origin: 'imported', comments: 'from elsewhere' })
    await importAll([{ ...one, comments: 'forced', force: true }])
    expect(await simulator.control.orders()).toMatchObject([{ comments: 'forced' }])
    const details = await client.call('GET', `/${product}/v1/${order?.id}`)
    expect(details.json).toMatchObject({ requester: 'o@acme.example', term: 90 })
    expect(details.json).not.toHaveProperty('csrDetails')
    expect((await client.call('DELETE', `/${product}/v1/${order?.id}`)).status).toBe(204)
  })

  it('keeps the CSR when one is given', async () => {
    const csr = (await csrPem({})).split('\n').slice(1, -1).join('')
    await importAll([await entry({ csr })])
    const [order] = await simulator.control.orders()
    const { json } = await client.call('GET', `/${product}/v1/${order?.id}`)
    expect(json).toMatchObject({ csrDetails: { sha256Hash: order?.csrSha256 } })
  })

  it('answers each entry for itself', async () => {
    const person = await foreign('CN=Ada Lovelace', '01')
    const reply = await importAll([await entry(), await entry({ cert: person }), await entry({ cert: 'AAAA' })])
    expect(reply.json).toEqual([
      expect.objectContaining({ successful: true }),
      {
        successful: false,
        backendCertId: '1234567890DFa',
        cert: { subject: 'CN=Ada Lovelace', serialNumber: '1' },
        errorMessage: "Cannot bring certificate SN=''1'' under management. Contact support",
      },
      { successful: false, backendCertId: '1234567890DFa', errorMessage: 'Failed to parse certificate' },
    ])
  })

  it('refuses empty and long lists, missing fields, unknown organizations and a missing privilege', async () => {
    const one = await entry()
    expect((await importAll([])).json).toMatchObject({ code: -1001 })
    expect((await importAll(Array.from({ length: 129 }, () => one))).json).toMatchObject({ code: -1001 })
    expect((await importAll([{ ...one, orgID: null }])).json).toMatchObject({ code: -1001 })
    expect((await importAll([{ ...one, cert: '' }])).json).toMatchObject({ code: -1001 })
    expect((await importAll([{ ...one, orgID: 1 }])).json).toMatchObject({ code: -639 })
    expect((await importAll([one], REQUESTER)).json).toMatchObject({ code: -25 })
    expect((await client.call('POST', PATHS[product], { body: one })).json).toMatchObject({ code: -1002 })
  })
})

describe('import of an archive', () => {
  it('without an archive is -1002', async () => {
    const reply = await client.call('POST', '/ssl/v1/import?orgId=8928', { body: {} })
    expect(reply.json).toMatchObject({ code: -1002 })
  })

  it('with something else in the part is -1002', async () => {
    const form = new FormData()
    form.append('file', new Blob(['no archive']), 'certs.zip')
    const { body, headers } = new Request('http://host.test', { method: 'POST', body: form as never })
    const reply = await client.call('POST', '/ssl/v1/import?orgId=8928', {
      body: await new Response(body).text(),
      headers: { 'content-type': headers.get('content-type') ?? '' },
    })
    expect(reply.json).toMatchObject({ code: -1002 })
  })
})

describe('archives', () => {
  /** One member, compressed by `method`. */
  const archive = (method: number, content: Buffer, length = content.length): Buffer => {
    const local = Buffer.alloc(30)
    local.writeUInt16LE(1, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(length, 20)
    entry.writeUInt16LE(1, 28)
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt16LE(1, 10)
    end.writeUInt32LE(local.length + 1 + content.length, 16)
    return Buffer.concat([local, Buffer.from('a'), content, entry, Buffer.from('a'), end])
  }

  it('have stored and deflated members', () => {
    const content = Buffer.from('certificate')
    expect(readZip(archive(0, content))).toEqual([{ name: 'a', bytes: content }])
    expect(readZip(archive(8, deflateRawSync(content)))).toEqual([{ name: 'a', bytes: content }])
  })

  it('that are none, damaged or of other methods are refused', () => {
    expect(() => readZip(Buffer.from('PK'))).toThrow('no ZIP archive')
    expect(() => readZip(archive(9, Buffer.from('x')))).toThrow('method 9')
    const damaged = archive(0, Buffer.from('x'))
    damaged.writeUInt8(0, damaged.indexOf('PK\x01\x02'))
    expect(() => readZip(damaged)).toThrow('damaged')
  })
})

describe('keys of SCM', () => {
  const AGENT = { commonName: 'a.example.com', keyGenerationMethod: 'PK_AGENT', passPhrase: 'long enough' }
  const enroll = (fields: object): Promise<Reply> => {
    const body = { orgId: 8928, certType: 5170, term: 90, subjAltNames: '', ...AGENT, ...fields }
    return client.call('POST', '/ssl/v1/enroll-keygen', { body })
  }

  it.each([
    [{ algorithm: 'RSA', keyParam: '3072' }, 'RSA - 3072'],
    [{ algorithm: 'EC', keyParam: 'P-384' }, 'EC - P-384'],
    [{}, 'RSA - 2048'],
  ])('are made as asked: %o', async (fields, keyType) => {
    const reply = await enroll(fields)
    expect(reply.json).toEqual({ sslId: expect.any(Number), renewId: expect.any(String) })
    expect((await client.call('GET', `/ssl/v1/${idOf(reply)}`)).json).toMatchObject({ keyType, status: 'Issued' })
  })

  it('are linked to when the agent has them', async () => {
    const own = idOf(await client.enrollSsl())
    const vault = { keyGenerationMethod: 'AZURE_KEY_VAULT', azureKeyVault: { azureAccountId: 206, vaultKey: '/v' } }
    const keystore = (id: number, format = 'p12', passphrase = '123'): Promise<Reply> =>
      client.call('POST', `/ssl/v1/keystore/${id}/${format}`, { body: { passphrase } })
    const id = idOf(await enroll({}))
    const link = expect.stringMatching(/^https:\/\/.+\/download\?token=[0-9A-F]+&keyformat=p12$/)
    expect((await keystore(id)).json).toEqual({ link })
    expect((await keystore(id, 'docx')).json).toMatchObject({ code: -126 })
    expect((await keystore(id, 'pem', 'x'.repeat(33))).json).toMatchObject({ code: -1001 })
    expect((await keystore(own)).json).toMatchObject({ code: -37 })
    expect((await keystore(idOf(await enroll(vault)))).json).toMatchObject({ code: -37 })
    expect((await keystore(1)).json).toMatchObject({ code: -124 })
  })

  it.each([
    ['no common name', { commonName: null }, -1001],
    ['a common name over 64 characters', { commonName: 'x'.repeat(65) }, -1001],
    ['a short pass phrase', { passPhrase: 'short' }, -1001],
    ['no method', { keyGenerationMethod: null }, -1001],
    ['a vault without its settings', { keyGenerationMethod: 'AZURE_KEY_VAULT' }, -1001],
    ['another algorithm', { algorithm: 'DSA' }, -1002],
    ['a curve that does not exist', { algorithm: 'EC', keyParam: 'P-1' }, -13],
    ['a size outside the profile', { keyParam: '1024' }, -141],
  ])('are refused with %s', async (_, fields, code) => {
    expect((await enroll(fields)).json).toMatchObject({ code })
  })
})

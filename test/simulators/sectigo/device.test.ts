// Device orders: their own spellings, and a private CA that echoes the CSR.
import { describe, expect, it } from 'vitest'
import { x509 } from './asn1.ts'
import { sharedSimulator } from './shared-simulator.ts'
import { certificatesIn, csrPem, DEVICE_OV, idOf } from './test-client.ts'

const { simulator, client } = await sharedSimulator({ caKeyType: 'RSA' })

async function leafOf(id: number): Promise<x509.X509Certificate> {
  const reply = await client.call('GET', `/device/v1/collect/${id}?format=x509CO`)
  const [leaf] = certificatesIn(reply.text)
  if (!leaf) throw new Error(`no certificate in: ${reply.text}`)
  return leaf
}

describe('enrol', () => {
  it('answers id and status in upper case', async () => {
    const reply = await client.enrollDevice()
    const id = idOf(reply)
    expect(reply.json).toEqual({
      deviceCertId: id,
      status: 'APPROVED',
      backendCertId: expect.any(String),
      orderNumber: id,
    })
  })

  it('says REQUESTED when the order waits for approval', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    expect((await client.enrollDevice()).json).toMatchObject({ status: 'REQUESTED' })
  })

  it('takes the first term when none is given', async () => {
    const id = idOf(await client.enrollDevice({ term: undefined }))
    expect(await simulator.control.order(id)).toMatchObject({ term: 30 })
  })
})

describe('details and list', () => {
  it('details have a status in title case and the CSR hash', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const id = idOf(await client.enrollDevice({ comments: 'marker' }))
    const { csrSha256 } = await simulator.control.order(id)
    const { json } = await client.call('GET', `/device/v1/${id}`)
    expect(json).toMatchObject({
      id,
      status: 'Requested',
      comments: 'marker',
      certType: { id: 5984, name: 'Private CA' },
      certificateDetails: { subject: 'CN=a.example.com' },
      csrDetails: { sha256Hash: csrSha256 },
      requested: expect.stringMatching(/^\d\d\/\d\d\/\d{4}$/),
    })
    expect(json).not.toHaveProperty('sslId')
    expect(json).not.toHaveProperty('issued')
  })

  it('rows have id, status and subject', async () => {
    const id = idOf(await client.enrollDevice())
    const reply = await client.call('GET', '/device/v1?certTypeId=5984&status=ISSUED&commonName=a.example.com')
    expect(reply.headers['x-total-count']).toBe('1')
    expect(reply.json).toEqual([
      { id, status: 'ISSUED', backendCertId: expect.any(String), certificateDetails: { subject: 'CN=a.example.com' } },
    ])
  })

  it('AWAITING_APPROVAL still means REQUESTED', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const id = idOf(await client.enrollDevice())
    expect((await client.call('GET', '/device/v1?status=AWAITING_APPROVAL')).json).toMatchObject([{ id }])
    expect((await client.call('GET', '/device/v1?status=NONSENSE')).json).toMatchObject({ code: -1601 })
  })

  it('an unknown id is -5101', async () => {
    const ssl = idOf(await client.enrollSsl())
    expect((await client.call('GET', `/device/v1/${ssl}`)).json).toMatchObject({ code: -5101 })
  })
})

describe('the certificate', () => {
  it('echoes subject, names and usages of the CSR on a private CA', async () => {
    const csr = await csrPem({
      subject: 'CN=a.example.com, OU=IT, O=Example',
      dnsNames: ['a.example.com', 'b.example.com'],
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyAgreement, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
      ],
    })
    const leaf = await leafOf(idOf(await client.enrollDevice({ csr })))
    expect(leaf.subject).toBe('CN=a.example.com, OU=IT, O=Example')
    expect(leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toEqual([
      { type: 'dns', value: 'a.example.com' },
      { type: 'dns', value: 'b.example.com' },
    ])
    expect(leaf.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.keyAgreement)
    expect(leaf.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([x509.ExtendedKeyUsage.codeSigning])
    expect(leaf.notBefore.getTime()).toBeLessThan(Date.now())
  })

  it('has critical names when the subject is empty', async () => {
    const csr = await csrPem({ subject: '', dnsNames: ['a.example.com'] })
    const leaf = await leafOf(idOf(await client.enrollDevice({ csr })))
    expect(leaf.subject).toBe('')
    expect(leaf.getExtension(x509.SubjectAlternativeNameExtension)?.critical).toBe(true)
  })

  it('takes usages from the profile and the organization where the CA does not echo', async () => {
    const fields = {
      csr: await csrPem({ rsaBits: 2048 }),
      certType: DEVICE_OV,
      term: 365,
      optionalFields: [
        { name: 'commonName', value: 'device-1' },
        { name: 'dnsName', value: 'device-1.example.com' },
      ],
    }
    const leaf = await leafOf(idOf(await client.enrollDevice(fields)))
    expect(leaf.subject).toBe('C=GB, ST=Greater Manchester, O=Acme Ltd, CN=device-1')
    expect(leaf.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([x509.ExtendedKeyUsage.clientAuth])
    expect(leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toEqual([
      { type: 'dns', value: 'device-1.example.com' },
    ])
  })
})

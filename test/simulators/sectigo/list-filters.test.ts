// Every documented filter of both lists, and the counts.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import { certificatesIn, csrPem, idOf } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

type Product = 'ssl' | 'device'

async function ids(product: Product, query: string): Promise<number[]> {
  const reply = await client.call('GET', `/${product}/v1?${query}`)
  expect(reply.status, `${query}: ${reply.text}`).toBe(200)
  return (reply.json as { sslId?: number; id?: number }[]).map((row) => row.sslId ?? row.id ?? 0)
}

async function count(product: Product, query: string): Promise<string> {
  const reply = await client.call('HEAD', `/${product}/v1?${query}`)
  expect([reply.status, reply.text]).toEqual([200, ''])
  return String(reply.headers['x-total-count'])
}

const upperHex = (hex: string): string => hex.toUpperCase()

describe('SSL', () => {
  it('finds an issued RSA certificate among waiting ones by everything it has', async () => {
    const csr = await csrPem({ rsaBits: 2048, subject: 'CN=r.example.com' })
    const id = idOf(await client.enrollSsl({ csr, subjAltNames: '' }))
    const { text } = await client.call('GET', `/ssl/v1/collect/${id}?format=x509CO`)
    const [leaf] = certificatesIn(text)
    if (!leaf) throw new Error('no certificate')
    await simulator.control.patchSettings({ approval: 'manual' })
    const waiting = idOf(await client.enrollSsl())
    const hash = async (name: string): Promise<string> => Buffer.from(await leaf.getThumbprint(name)).toString('hex')
    const [sha1, sha256] = [await hash('SHA-1'), await hash('SHA-256')]
    for (const query of [
      'commonName=r.example',
      'subjectAlternativeName=r.example.com',
      'status=Issued',
      `serialNumber=${upperHex(leaf.serialNumber)}`,
      `serialNumber=${(upperHex(leaf.serialNumber).match(/../g) ?? []).join(':')}`,
      'issuer=Issuing',
      'signatureAlgorithm=SHA256withECDSA',
      'keyAlgorithm=RSA',
      'keyParam=2048',
      'keySize=2048',
      `sha1Hash=${upperHex(sha1)}`,
      `sha256Hash=${sha256}`,
      'keyUsage=Key%20Encipherment',
      'extendedKeyUsage=1.3.6.1.5.5.7.3.1',
    ]) {
      expect(await ids('ssl', query), query).toEqual([id])
    }
    for (const query of [
      'keyUsage=Key%20Agreement',
      'extendedKeyUsage=1.3.6.1.5.5.7.3.4',
      'md5Hash=00',
      'vendor=Nobody',
    ]) {
      expect(await ids('ssl', query), query).toEqual([])
    }
    const both = [id, waiting]
    for (const query of ['orgId=8928', 'sslTypeId=5170', 'vendor=Simulated', 'requester=api-user', 'status=']) {
      expect(await ids('ssl', query), query).toEqual(both)
    }
  })

  it('has words for what this tenant does not do', async () => {
    const id = idOf(await client.enrollSsl())
    expect(await ids('ssl', 'installStatus=NONE&renewalStatus=NOT_SCHEDULED&discoveryStatus=NotDeployed')).toEqual([id])
    expect(await ids('ssl', 'installStatus=NEED_SERVER_RESTART')).toEqual([])
    expect(await ids('ssl', 'renewalStatus=FAILED')).toEqual([])
    expect(await ids('ssl', 'discoveryStatus=Deployed')).toEqual([])
    expect(await ids('ssl', 'status=Unmanaged')).toEqual([])
    await simulator.control.setOrigin(id, 'discovered')
    expect(await ids('ssl', 'discoveryStatus=Deployed&requestedVia=DISCOVERY')).toEqual([id])
  })

  it.each(['status', 'discoveryStatus', 'installStatus', 'renewalStatus', 'requestedVia'])(
    'refuses words that %s does not have',
    async (name) => {
      await client.enrollSsl()
      expect((await client.call('GET', `/ssl/v1?${name}=Lost`)).json).toEqual({
        code: -1601,
        description: `Field '${name}' has invalid value.`,
      })
    },
  )

  it('shows orders as made by the one or the other API', async () => {
    const id = idOf(await client.enrollSsl())
    expect([await ids('ssl', 'requestedVia=API'), await ids('ssl', 'requestedVia=REST')]).toEqual([[id], []])
    await simulator.control.patchSettings({ requestedVia: 'REST' })
    expect([await ids('ssl', 'requestedVia=API'), await ids('ssl', 'requestedVia=REST')]).toEqual([[], [id]])
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ requestedVia: 'REST API' })
  })

  it('is counted with the same filters, but without paging and sha256Hash', async () => {
    const csr = await csrPem({})
    for (let i = 0; i < 3; i++) await client.enrollSsl({ csr, term: i === 0 ? 199 : 90 })
    expect(await count('ssl', '')).toBe('3')
    expect(await count('ssl', 'size=1&position=2')).toBe('3')
    expect(await count('ssl', 'size=1000')).toBe('3')
    expect(await count('ssl', 'sha256Hash=00')).toBe('3')
    expect(await count('ssl', 'commonName=b.example.com')).toBe('0')
    expect((await client.call('HEAD', '/ssl/v1?status=Lost')).status).toBe(400)
  })
})

describe('devices', () => {
  it('finds an issued EC certificate by everything it has', async () => {
    const reply = await client.enrollDevice()
    const id = idOf(reply)
    const { serialNumber = '' } = await simulator.control.issue(id)
    const { backendCertId } = reply.json as { backendCertId: string }
    await simulator.control.patchSettings({ approval: 'manual' })
    const csr = await csrPem({ rsaBits: 2048, subject: 'CN=waiting' })
    const waiting = idOf(await client.enrollDevice({ csr }))
    for (const query of [
      'commonName=a.example.com',
      'status=ISSUED',
      'status=DOWNLOADED',
      `serialNumber=${serialNumber}`,
      `backendCertId=${encodeURIComponent(backendCertId)}`,
      'signatureAlgorithm=SHA256withECDSA',
      'keyAlgorithm=EC&keyParam=P-256',
      'keyUsage=Digital%20Signature',
      'extendedKeyUsage=1.3.6.1.5.5.7.3.2',
    ]) {
      expect(await ids('device', query), query).toEqual([id])
    }
    expect(await ids('device', 'status=AWAITING_APPROVAL')).toEqual([waiting])
    expect(await ids('device', 'certTypeId=5984&orgId=8928&email=api-user')).toEqual([id, waiting])
    expect(await count('device', 'certTypeId=5984&size=1')).toBe('2')
    expect((await client.call('GET', '/device/v1?status=LOST')).json).toMatchObject({ code: -1601 })
  })

  it('matches exactly where the tenant does', async () => {
    const id = idOf(await client.enrollDevice())
    expect(await ids('device', 'commonName=example')).toEqual([id])
    await simulator.control.patchSettings({ listMatch: 'exact' })
    expect(await ids('device', 'commonName=example')).toEqual([])
    expect(await ids('device', 'commonName=a.example.com')).toEqual([id])
  })
})

// Client certificates: their states, details and lists.
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { idOf, PRIVATE_SMIME, RAO_SSL } from './test-client.ts'

let now = Date.now()
beforeEach(() => {
  now = Date.now()
})
const { simulator, client } = await sharedSimulator({ now: () => now })

const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'

async function detailsOf(id: number): Promise<Record<string, unknown>> {
  return (await client.call('GET', `/smime/v1/${id}`)).json as Record<string, unknown>
}

function collect(id: number | string, format = 'x509CO'): Promise<Reply> {
  return client.call('GET', `/smime/v2/collect/${id}?format=${format}`)
}

describe('states', () => {
  it('go from requested to issued without an approval, whatever the tenant approves', async () => {
    await simulator.control.patchSettings({ approval: 'manual', issueDelayMs: 10_000 })
    const id = idOf(await client.enrollSmime())
    expect(await detailsOf(id)).toMatchObject({ status: 'requested' })
    expect((await collect(id)).json).toEqual({ code: -183, description: 'Certificate is not collectable.' })
    now += 10_000
    expect(await detailsOf(id)).toMatchObject({ status: 'issued' })
    expect((await collect(id)).status).toBe(200)
  })

  it.each([
    ['Init', 'created'],
    ['Rejected', 'rejected'],
    ['pre_revoked', 'pre_revoked'],
    ['Expired', 'expired'],
  ])('show %s as %s', async (status, state) => {
    const id = idOf(await client.enrollSmime())
    await simulator.control.setStatus(id, status)
    expect(await detailsOf(id)).toMatchObject({ status: state })
    const [row] = (await client.call('GET', `/smime/v2?state=${state}`)).json as object[]
    expect(row).toMatchObject({ id, state })
  })
})

describe('details', () => {
  it('have what is documented and nothing of SSL', async () => {
    const customFields = [{ name: 'cost-centre', value: '42' }]
    const id = idOf(await client.enrollSmime({ comments: 'marker', customFields }))
    const { csrSha256 } = await simulator.control.order(id)
    const day = expect.stringMatching(/^\d\d\/\d\d\/\d{4}$/)
    const hex = expect.stringMatching(/^[0-9a-f]+$/)
    expect(await detailsOf(id)).toEqual({
      commonName: 'Ada Lovelace',
      id,
      orgId: 8928,
      status: 'issued',
      backendCertId: expect.stringMatching(/^\d+$/),
      certType: expect.objectContaining({ id: PRIVATE_SMIME, name: 'Private S/MIME' }),
      subType: 'Private',
      term: 365,
      requestedVia: 'API Enroll',
      comments: 'marker',
      requested: day,
      issued: day,
      expires: day,
      serialNumber: expect.stringMatching(/^([0-9A-F]{2}:){15}[0-9A-F]{2}$/),
      signatureAlg: 'SHA256withECDSA',
      keyAlgorithm: 'EC',
      keySize: 256,
      keyType: 'EC - P-256',
      keyUsages: ['Digital Signature', 'Key Encipherment'],
      extendedKeyUsages: [EMAIL_PROTECTION, '1.3.6.1.5.5.7.3.2'],
      subjectAlternativeNames: ['ada@example.com'],
      customFields,
      certificateDetails: {
        issuer: expect.any(String),
        subject: 'CN=Ada Lovelace',
        subjectAltNames: 'ada@example.com',
        md5Hash: hex,
        sha1Hash: hex,
        sha256Hash: hex,
      },
      suspendNotifications: false,
      csrDetails: expect.objectContaining({ sha256Hash: csrSha256 }),
    })
  })

  it('are for client certificates only, and not for every account', async () => {
    const ssl = idOf(await client.enrollSsl())
    expect(await client.call('GET', `/smime/v1/${ssl}`)).toMatchObject({ status: 404 })
    const id = idOf(await client.enrollSmime())
    expect(await client.call('GET', `/smime/v1/${id}`, { headers: RAO_SSL })).toMatchObject({ status: 404 })
    expect(await client.call('GET', `/ssl/v1/${id}`)).toMatchObject({ status: 404 })
  })

  it('change comments and custom fields', async () => {
    const id = idOf(await client.enrollSmime({ comments: 'old' }))
    const body = { comments: 'new', customFields: [{ name: 'cost-centre', value: '7' }] }
    const reply = await client.call('PUT', `/smime/v1/${id}`, { body })
    expect(reply.status).toBe(200)
    expect(reply.json).toMatchObject({ id, ...body })
    const kept = await client.call('PUT', `/smime/v1/${id}`, { body: { comments: 'newer' } })
    expect(kept.json).toMatchObject({ comments: 'newer', customFields: body.customFields })
    await simulator.control.patchSettings({ updateOmitted: 'clear' })
    const cleared = await client.call('PUT', `/smime/v1/${id}`, { body: { comments: 'newest' } })
    expect(cleared.json).not.toHaveProperty('customFields')
    const long = await client.call('PUT', `/smime/v1/${id}`, { body: { comments: 'x'.repeat(1025) } })
    expect(long.json).toMatchObject({ code: -1001 })
  })
})

describe('lists', () => {
  it('have fat rows with ISO days, and count with HEAD', async () => {
    const id = idOf(await client.enrollSmime({ comments: 'marker' }))
    const reply = await client.call('GET', '/smime/v2?size=10&position=0')
    expect(reply.headers['x-total-count']).toBe('1')
    const { backendCertId } = await detailsOf(id)
    expect(reply.json).toEqual([
      {
        id,
        state: 'issued',
        certificateDetails: expect.objectContaining({ subject: 'CN=Ada Lovelace' }),
        serialNumber: expect.stringMatching(/^([0-9A-F]{2}:){15}[0-9A-F]{2}$/),
        orderNumber: Number(backendCertId),
        backendCertId,
        expires: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        comments: 'marker',
      },
    ])
    const count = await client.call('HEAD', '/smime/v2')
    expect(count).toMatchObject({ status: 200, text: '' })
    expect(count.headers['x-total-count']).toBe('1')
  })

  it('filter', async () => {
    const ada = idOf(await client.enrollSmime())
    const grace = idOf(await client.enrollSmime({ firstName: 'Grace', lastName: 'Hopper', email: 'grace@example.com' }))
    const { serialNumber = '' } = await simulator.control.order(ada)
    const { backendCertId } = await detailsOf(grace)
    const found = async (query: string): Promise<number[]> => {
      const rows = (await client.call('GET', `/smime/v2?${query}`)).json as { id: number }[]
      return rows.map(({ id }) => id)
    }
    const person = await client.call('GET', '/person/v1/id/byEmail/grace%40example.com')
    const { personId } = person.json as { personId: number }
    expect(await found('email=ada%40example.com')).toEqual([ada])
    expect(await found(`personId=${personId}`)).toEqual([grace])
    expect(await found(`serialNumber=${serialNumber.toUpperCase()}`)).toEqual([ada])
    expect(await found(`backendCertId=${backendCertId}`)).toEqual([grace])
    expect(await found(`certTypeId=${PRIVATE_SMIME}&state=issued`)).toEqual([ada, grace])
    expect(await found('keyVault=true')).toEqual([])
    expect(await found('keyVault=false&size=1&position=1')).toEqual([grace])
    expect((await client.call('GET', '/smime/v2?state=Issued')).json).toMatchObject({ code: -1601 })
    expect((await client.call('GET', '/smime/v2', { headers: RAO_SSL })).json).toEqual([])
  })

  it('are had by person, by id and by address in any encoding', async () => {
    const id = idOf(await client.enrollSmime())
    await client.enrollSmime({ email: 'grace@example.com' })
    const { personId } = (await client.call('GET', '/person/v1/id/byEmail/ada@example.com')).json as {
      personId: number
    }
    for (const path of [
      `/smime/v2/byPersonId/${personId}`,
      '/smime/v2/byPersonEmail/ada@example.com',
      '/smime/v2/byPersonEmail/ada%40example%2Ecom',
    ]) {
      const reply = await client.call('GET', path)
      expect(reply.json).toMatchObject([{ id }])
      expect(reply.headers).not.toHaveProperty('x-total-count')
    }
    expect((await client.call('GET', '/smime/v2/byPersonEmail/nobody@example.com')).json).toEqual([])
    expect((await client.call('GET', '/person/v1/id/byEmail/nobody@example.com')).json).toEqual({
      code: -105,
      description: 'Person with e-mail: nobody@example.com was not found',
    })
  })
})

// SSL orders: what enrol answers, what details and lists show, whose names the certificate gets.
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import { certificatesIn, csrPem, DV_PROFILE, idOf, NOBODY } from './test-client.ts'

/** 2026-12-04 10:11:12.345 UTC */
const START = Date.UTC(2026, 11, 4, 10, 11, 12, 345)

let now = START
beforeEach(() => {
  now = START
})
const { simulator, client } = await sharedSimulator({ now: () => now })

async function issuedNames(fields: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  return (await simulator.control.order(idOf(await client.enrollSsl(fields)))).names
}

describe('enrol', () => {
  it('answers sslId and renewId, nothing else', async () => {
    const reply = await client.enrollSsl()
    expect(reply.status).toBe(200)
    expect(reply.headers['content-type']).toBe('application/json;charset=UTF-8')
    expect(reply.json).toEqual({ sslId: expect.any(Number), renewId: expect.stringMatching(/^[\w-]{20}$/) })
  })

  it('makes two orders of two identical calls', async () => {
    const csr = await csrPem({})
    expect(idOf(await client.enrollSsl({ csr }))).not.toBe(idOf(await client.enrollSsl({ csr })))
  })
})

describe('details', () => {
  it('shows what was ordered and what was issued', async () => {
    const csr = (await csrPem({})).trim()
    const id = idOf(
      await client.enrollSsl({ csr, comments: 'marker 1', externalRequester: 'a@x.example, b@x.example' }),
    )
    const { json } = await client.call('GET', `/ssl/v1/${id}`)
    expect(json).toMatchObject({
      id,
      sslId: id,
      commonName: 'a.example.com',
      orgId: 8928,
      status: 'Issued',
      vendor: 'Simulated Public CA',
      certType: { id: 5170, name: 'OV SSL 199', terms: [90, 199], useSecondaryOrgName: false },
      validationType: 'Organization Validation (OV)',
      term: 90,
      requester: 'api-user@acme.example',
      requestedVia: 'Web API',
      externalRequester: 'a@x.example, b@x.example',
      comments: 'marker 1',
      requested: '12/04/2026',
      approved: '12/04/2026',
      issued: '12/04/2026',
      expires: '03/03/2027',
      renewed: false,
      serialNumber: expect.stringMatching(/^([0-9A-F]{2}:){15}[0-9A-F]{2}$/),
      keyType: 'EC - P-256',
      subjectAlternativeNames: ['a.example.com'],
      certificateDetails: { sha256Hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      csrDetails: { csr, sha256Hash: (await simulator.control.order(id)).csrSha256 },
    })
    expect(json).not.toHaveProperty('declined')
    expect(json).not.toHaveProperty('customFields')
  })

  it('leaves out what an order does not have yet', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const { json } = await client.call('GET', `/ssl/v1/${idOf(await client.enrollSsl())}`)
    expect(json).toMatchObject({ status: 'Requested' })
    expect(json).toMatchObject({ certificateDetails: {} })
    for (const absent of ['comments', 'approved', 'issued', 'expires', 'serialNumber', 'owner']) {
      expect(json).not.toHaveProperty(absent)
    }
  })

  it('can have null for dates that have not come', async () => {
    await simulator.control.patchSettings({ approval: 'manual', emptyDates: 'null' })
    const { json } = await client.call('GET', `/ssl/v1/${idOf(await client.enrollSsl())}`)
    expect(json).toMatchObject({ requested: '12/04/2026', approved: null, issued: null, expires: null, revoked: null })
    expect(json).not.toHaveProperty('serialNumber')
  })

  it.each([
    ['ISO_HMS', '2026-12-04T10:11:12.345Z'],
    ['eu', '04.12.2026'],
    ['yyyy/MM/dd HH:mm:ss', '2026/12/04 10:11:12'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", '2026-12-04T10:11:12.345Z'],
  ])('writes dates as %s asks', async (dateFormat, requested) => {
    const id = idOf(await client.enrollSsl())
    const reply = await client.call('GET', `/ssl/v1/${id}?dateFormat=${encodeURIComponent(dateFormat)}`)
    expect(reply.json).toMatchObject({ requested })
  })

  it('refuses a dateFormat it does not know', async () => {
    const id = idOf(await client.enrollSsl())
    expect((await client.call('GET', `/ssl/v1/${id}?dateFormat=moon`)).json).toMatchObject({ code: -1601 })
  })

  it('can be those of an older tenant', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.patchSettings({
      csrDetails: false,
      upperCaseStatus: true,
      idsAsStrings: true,
      detailsDateFormat: 'ISO',
    })
    const { json } = await client.call('GET', `/ssl/v1/${id}`)
    expect(json).toMatchObject({ id: String(id), sslId: String(id), status: 'ISSUED', requested: '2026-12-04' })
    expect(json).not.toHaveProperty('csrDetails')
  })

  it('does not know the orders of others, nor devices, nor nonsense', async () => {
    const id = idOf(await client.enrollSsl())
    const device = idOf(await client.enrollDevice())
    const unknown = [
      await client.call('GET', `/ssl/v1/${id}`, { headers: NOBODY }),
      await client.call('GET', `/ssl/v1/${device}`),
      await client.call('GET', '/ssl/v1/nonsense'),
    ]
    for (const reply of unknown) {
      expect(reply.status).toBe(404)
      expect(reply.json).toMatchObject({
        code: -124,
        description: expect.stringMatching(/^Wrong SSL certificate id .+\.$/),
      })
    }
    await simulator.control.patchSettings({ unknownIdStatus: 400 })
    expect((await client.call('GET', '/ssl/v1/1')).status).toBe(400)
  })
})

describe('names', () => {
  const csr = async (): Promise<string> => await csrPem({ dnsNames: ['a.example.com', 'csr.example.com'] })
  const subjAltNames = 'request.example.com, 10.1.2.3'

  it('come from the request string alone by default, common name first', async () => {
    const names = await issuedNames({ csr: await csr(), subjAltNames })
    expect(names).toEqual(['a.example.com', 'request.example.com', '10.1.2.3'])
  })

  it('come from the CSR alone', async () => {
    await simulator.control.patchSettings({ sanSource: 'csr' })
    expect(await issuedNames({ csr: await csr(), subjAltNames })).toEqual(['a.example.com', 'csr.example.com'])
  })

  it('come from both', async () => {
    await simulator.control.patchSettings({ sanSource: 'union' })
    const names = await issuedNames({ csr: await csr(), subjAltNames })
    expect(names).toEqual(['a.example.com', 'request.example.com', '10.1.2.3', 'csr.example.com'])
  })

  it('are the base name and its www on a single-domain profile', async () => {
    const fields = { csr: await csrPem({ rsaBits: 2048 }), certType: DV_PROFILE, subjAltNames: 'other.example.com' }
    expect(await issuedNames(fields)).toEqual(['a.example.com', 'www.a.example.com'])
  })

  it('give the common name when the CSR has none', async () => {
    const id = idOf(await client.enrollSsl({ csr: await csrPem({ subject: 'O=Acme' }), subjAltNames: 'b.example.com' }))
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ commonName: 'b.example.com' })
  })
})

describe('the certificate', () => {
  it('carries the organization, the names, server usage, and starts at midnight', async () => {
    const id = idOf(await client.enrollSsl({ subjAltNames: 'b.example.com' }))
    const reply = await client.call('GET', `/ssl/v1/collect/${id}?format=x509CO`)
    const [leaf] = certificatesIn(reply.text)
    expect(leaf?.subject).toBe('C=GB, ST=Greater Manchester, O=Acme Ltd, CN=a.example.com')
    expect(leaf?.notBefore.toISOString()).toBe('2026-12-04T00:00:00.000Z')
    expect(leaf?.notAfter.toISOString()).toBe('2027-03-03T23:59:59.000Z')
    expect(leaf?.serialNumber).toMatch(/^[0-9a-f]{32}$/)
    const text = leaf?.toString('text') ?? ''
    expect(text).toContain('DNS: b.example.com')
    expect(text).toMatch(/TLS WWW server authentication|serverAuth/i)
    expect(text).toContain('crt.simulator.test')
  })
})

describe('list', () => {
  const rows = async (query = ''): Promise<{ ids: number[]; total: string }> => {
    const reply = await client.call('GET', `/ssl/v1${query}`)
    expect(reply.status, reply.text).toBe(200)
    const ids = (reply.json as { sslId: number }[]).map((row) => row.sslId)
    return { ids, total: String(reply.headers['x-total-count']) }
  }

  it('has thin rows', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.patchSettings({ approval: 'manual' })
    const waiting = idOf(await client.enrollSsl())
    const reply = await client.call('GET', '/ssl/v1')
    expect(reply.json).toEqual([
      {
        sslId: id,
        commonName: 'a.example.com',
        subjectAlternativeNames: ['a.example.com'],
        serialNumber: expect.any(String),
      },
      { sslId: waiting, commonName: 'a.example.com', subjectAlternativeNames: ['a.example.com'] },
    ])
  })

  it('pages by entry, counts all, and refuses more than 200', async () => {
    const csr = await csrPem({})
    const all: number[] = []
    for (let i = 0; i < 5; i++) all.push(idOf(await client.enrollSsl({ csr })))
    expect(await rows('?size=2&position=1')).toEqual({ ids: all.slice(1, 3), total: '5' })
    expect(await rows('?size=200&position=4')).toEqual({ ids: all.slice(4), total: '5' })
    expect((await client.call('GET', '/ssl/v1?size=201')).json).toMatchObject({ code: -1601 })
    expect((await client.call('GET', '/ssl/v1?position=-1')).json).toMatchObject({ code: -1601 })
    const counted = await client.call('HEAD', '/ssl/v1')
    expect(counted.headers['x-total-count']).toBe('5')
    expect(counted.text).toBe('')
  })

  it('filters', async () => {
    const a = idOf(await client.enrollSsl({ subjAltNames: 'x.example.com', externalRequester: 'r@x.example' }))
    const b = idOf(
      await client.enrollSsl({ csr: await csrPem({ subject: 'CN=aa.example.com' }), orgId: 8929, term: 199 }),
    )
    const order = await simulator.control.order(a)
    await simulator.control.patchSettings({ approval: 'manual' })
    const c = idOf(await client.enrollSsl({ csr: await csrPem({ rsaBits: 2048 }), subjAltNames: '' }))
    expect((await rows('?commonName=A.EXAMPLE.com')).ids).toEqual([a, b, c])
    expect((await rows('?subjectAlternativeName=x.example.com')).ids).toEqual([a])
    expect((await rows('?status=Requested')).ids).toEqual([c])
    expect((await rows('?status=issued&orgId=8929')).ids).toEqual([b])
    expect((await rows('?sslTypeId=5171')).ids).toEqual([])
    expect((await rows('?externalRequester=r@x.example')).ids).toEqual([a])
    expect((await rows(`?serialNumber=${order.serialNumber?.toUpperCase()}`)).ids).toEqual([a])
    expect((await rows('?keyAlgorithm=RSA')).ids).toEqual([c])
    expect((await client.call('GET', '/ssl/v1?status=Lost')).json).toMatchObject({ code: -1601 })
    await simulator.control.patchSettings({ listMatch: 'exact' })
    expect((await rows('?commonName=A.EXAMPLE.com')).ids).toEqual([a, c])
  })

  it('shows an account only its own organizations', async () => {
    await client.enrollSsl()
    expect((await client.call('GET', '/ssl/v1', { headers: NOBODY })).json).toEqual([])
  })

  it('can lag behind', async () => {
    await simulator.control.patchSettings({ listVisibilityLagMs: 10_000 })
    const id = idOf(await client.enrollSsl())
    expect((await rows()).ids).toEqual([])
    expect((await client.call('GET', `/ssl/v1/${id}`)).status).toBe(200)
    now += 10_000
    expect((await rows()).ids).toEqual([id])
  })
})

import { describe, expect, it } from 'vitest'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { clientProduct } from './client.ts'
import { deviceProduct } from './device.ts'
import type { Person, SslSettings } from './settings.ts'
import { sslProduct, subjAltNames } from './ssl.ts'
import { csrWith, target } from './testing/scripted-caller.ts'

const ssl = sslProduct({ product: 'ssl' })
const device = deviceProduct({ product: 'device' })
const client = (person: Partial<Person>, version: 'v1' | 'v2' = 'v1') =>
  clientProduct({ product: 'client', person: { firstName: 'Ada', lastName: 'Byron', ...person } }, version)
const mail = (...values: string[]): CertificateSigningRequest['names'] =>
  values.map((value) => ({ type: 'email', value }))
const dns = (...values: string[]): CertificateSigningRequest['names'] => values.map((value) => ({ type: 'dns', value }))

describe('subjAltNames', () => {
  const csr = csrWith({
    commonName: 'A.example',
    names: [
      ...dns('a.example', 'b.example', 'b.example'),
      { type: 'ip', value: '192.0.2.1' },
      { type: 'uri', value: 'x:y' },
    ],
  })
  it.each([
    ['ExcludeCommonName', 'b.example,192.0.2.1'],
    ['IncludeCommonName', 'A.example,b.example,192.0.2.1'],
    ['None', ''],
  ] as const)('%s: %s', (mode, text) => {
    expect(subjAltNames(csr, mode)).toBe(text)
  })

  it('does not send a common name that is no host name', () => {
    expect(subjAltNames(csrWith({ commonName: 'Acme, Inc', names: dns('a') }), 'IncludeCommonName')).toBe('a')
    expect(subjAltNames(csrWith({ commonName: '*.a.example', names: [] }), 'IncludeCommonName')).toBe('*.a.example')
  })
})

describe('enrol bodies', () => {
  const csr = csrWith({ commonName: 'ccmqa.com' })
  const text = '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'
  const input = { target, csr, comments: 'certwright:1:4b1c:1', customFields: [] } as const
  const sent = (settings: Partial<SslSettings>) => sslProduct({ product: 'ssl', ...settings }).enrolBody(input)

  it('ssl', () => {
    expect(sent({ subjectAltNames: 'IncludeCommonName' })).toEqual({
      orgId: 8928,
      csr: text,
      subjAltNames: 'ccmqa.com',
      certType: 5170,
      term: 90,
      comments: 'certwright:1:4b1c:1',
    })
    expect(sent({ subjectAltNames: 'ExcludeCommonName' })).not.toHaveProperty('subjAltNames')
  })

  it('ssl with what an issuer may add', () => {
    const dcv = { mode: 'EMAIL', email: 'admin@a.example' }
    expect(sent({ externalRequester: ['a@a.example', 'b@a.example'], dcv })).toMatchObject({
      externalRequester: 'a@a.example, b@a.example',
      dcvMode: 'EMAIL',
      dcvEmail: 'admin@a.example',
    })
    expect(sent({ dcv: { mode: 'CNAME' } })).not.toHaveProperty('dcvEmail')
  })

  it.each([ssl, device, client({})])('custom fields with name and value only: $name', (product) => {
    const field = { name: 'cost centre', value: '4711', id: 7 }
    expect(product.enrolBody({ ...input, customFields: [field] })).toMatchObject({
      customFields: [{ name: 'cost centre', value: '4711' }],
    })
    expect(product.enrolBody(input)).not.toHaveProperty('customFields')
  })

  it('device with optional fields', () => {
    const optionalFields = [
      { name: 'dnsName', value: 'a' },
      { name: 'dnsName', value: 'b' },
    ]
    expect(deviceProduct({ product: 'device', optionalFields }).enrolBody(input)).toMatchObject({ optionalFields })
  })

  it('client, with the person', () => {
    const names = mail('ada@a.example', 'second@a.example', 'Ada@A.example')
    expect(client({}).enrolBody({ ...input, csr: csrWith({ names }) })).toEqual({
      orgId: 8928,
      csr: text,
      certType: 5170,
      term: 90,
      email: 'ada@a.example',
      firstName: 'Ada',
      lastName: 'Byron',
      secondaryEmails: ['second@a.example'],
      comments: 'certwright:1:4b1c:1',
    })
    const person = { email: 'ada@a.example', middleName: 'K.', phone: '1', commonName: 'A', eppn: 'e', upn: 'u' }
    expect(client(person).enrolBody({ ...input, csr: csrWith({ names: [] }) })).toMatchObject(person)
  })

  it('device, which has no field for names', () => {
    expect(device.enrolBody(input)).toEqual({
      orgId: 8928,
      csr: text,
      certType: 5170,
      term: 90,
      comments: input.comments,
    })
  })

  it('leave out a term that the CA decides', () => {
    const { term: _, ...open } = target
    expect(device.enrolBody({ ...input, target: open })).not.toHaveProperty('term')
  })

  it('have only characters that SCM takes', () => {
    const crlf = csrWith({ pem: csr.pem.replaceAll('\n', '\r\n') })
    expect(ssl.enrolBody({ ...input, csr: crlf })['csr']).toBe(text)
  })
})

describe('enrol answers', () => {
  it.each([
    [
      { sslId: 812, renewId: 'kmITfPf3Gx8mqmK5D66L' },
      { id: '812', attributes: { renewId: 'kmITfPf3Gx8mqmK5D66L' } },
    ],
    [
      { sslId: '812', renewId: null, more: 1 },
      { id: '812', attributes: {} },
    ],
  ])('ssl %j', (answer, remote) => {
    expect(ssl.enrolAnswer.parse(answer)).toEqual(remote)
  })

  it.each([
    [{ deviceCertId: 335, status: 'APPROVED', backendCertId: '5655', orderNumber: 335 }, '335'],
    [{ orderNumber: 84 }, '84'],
  ])('device %j', (answer, id) => {
    expect(device.enrolAnswer.parse(answer)).toEqual({ id, attributes: {} })
  })

  it.each([
    [
      { id: 1, orderNumber: 12345, backendCertId: '12345' },
      { id: '1', attributes: { backendCertId: '12345' } },
    ],
    [
      { orderNumber: 1923182777, backendCertId: '1923182777' },
      { id: '1923182777', attributes: { idIs: 'backendCertId' } },
    ],
    [{ orderNumber: 7 }, { id: '7', attributes: { idIs: 'backendCertId' } }],
  ])('client %j', (answer, remote) => {
    expect(client({}).enrolAnswer.parse(answer)).toEqual(remote)
  })

  it.each([{}, { renewId: 'x' }, { sslId: null }, [], null, 'ok'])('without an id: %j', (answer) => {
    expect(ssl.enrolAnswer.safeParse(answer).success).toBe(false)
    expect(device.enrolAnswer.safeParse(answer).success).toBe(false)
    expect(client({}).enrolAnswer.safeParse(answer).success).toBe(false)
  })
})

describe('search', () => {
  const nameless = csrWith({ names: [{ type: 'ip', value: '192.0.2.1' }] })
  const own = { orgId: '8928', sslTypeId: '5170' }

  it('of ssl goes by common name, else by the first DNS name, else through the profile', () => {
    expect(ssl.search(target, csrWith({ commonName: 'cn', names: dns('a') }))).toEqual({
      within: own,
      names: [{ commonName: 'cn' }],
      by: 'common name cn',
      commonNames: ['cn'],
      asked: ['cn', 'a'],
    })
    const byName = { within: own, names: [{ subjectAlternativeName: 'a' }], by: 'name a', commonNames: [] }
    expect(ssl.search(target, csrWith({ names: dns('a', 'b') }))).toEqual({ ...byName, asked: ['a', 'b'] })
    expect(ssl.search(target, nameless)).toMatchObject({ within: own, names: [], by: 'profile 5170' })
  })

  it('of a client certificate goes by the mail address', () => {
    const within = { certTypeId: '5170' }
    expect(client({}).search(target, csrWith({ names: mail('a@a.example') }))).toEqual({
      within,
      names: [{ email: 'a@a.example' }],
      by: 'mail address a@a.example',
      commonNames: [],
    })
    expect(client({}).search(target, csrWith({ names: [] }))).toMatchObject({ within, names: [] })
  })

  it('of a device goes by all common names that were sent, else through the profile', () => {
    const within = { orgId: '8928', certTypeId: '5170' }
    const optionalFields = [
      { name: 'commonName', value: 'Meter 7' },
      { name: 'dnsName', value: 'm7.example' },
    ]
    const named = deviceProduct({ product: 'device', optionalFields })
    expect(named.search(target, csrWith({ commonName: 'cn', names: dns('a') }))).toEqual({
      within,
      names: [{ commonName: 'cn' }, { commonName: 'Meter 7' }, { commonName: 'meter 7' }],
      by: 'common name cn or Meter 7',
      commonNames: ['cn', 'Meter 7'],
      asked: ['cn', 'a', 'Meter 7', 'm7.example'],
    })
    expect(named.search(target, nameless)).toMatchObject({ within, names: [], commonNames: [] })
    expect(device.search(target, csrWith({ commonName: 'cn' }))).toMatchObject({ names: [{ commonName: 'cn' }] })
  })
})

describe('paths of a client order', () => {
  const byId = { id: '1', attributes: { backendCertId: 'a/b==' } }
  const byBackendId = { id: 'a/b==', attributes: { idIs: 'backendCertId' } }
  const paths = (version: 'v1' | 'v2', remote: typeof byId | typeof byBackendId) => {
    const product = client({}, version)
    return [product.types, product.enrol, product.details(remote), product.collect(remote), product.revoke(remote)].map(
      ({ path }) => path,
    )
  }

  it('mix versions with the headers, and are all v2 with OAuth2', () => {
    expect(paths('v1', byId)).toEqual([
      'smime/v1/types',
      'smime/v1/enroll',
      'smime/v1/1',
      'smime/v2/collect/1',
      'smime/v1/revoke/1',
    ])
    expect(paths('v2', byBackendId)).toEqual([
      'smime/v2/types',
      'smime/v2/enroll',
      'smime/v2',
      'smime/v2/collect/a%2Fb%3D%3D',
      'smime/v2/revoke/order/a%2Fb%3D%3D',
    ])
  })

  it('of an older server go by the id of the CA', () => {
    expect(paths('v1', byBackendId).slice(3)).toEqual([
      'smime/v1/collect/a%2Fb%3D%3D',
      'smime/v1/revoke/order/a%2Fb%3D%3D',
    ])
  })

  it('cannot be declined', () => {
    expect(client({})).not.toHaveProperty('decline')
  })
})

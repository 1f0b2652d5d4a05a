import { describe, expect, it } from 'vitest'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { device } from './device.ts'
import { ssl, subjAltNames } from './ssl.ts'
import { csrWith, target } from './testing/scripted-caller.ts'

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
  const input = { target, csr, comments: 'certwright:1:4b1c:1', subjectAltNames: 'IncludeCommonName' } as const

  it('ssl', () => {
    expect(ssl.enrolBody(input)).toEqual({
      orgId: 8928,
      csr: text,
      subjAltNames: 'ccmqa.com',
      certType: 5170,
      term: 90,
      comments: 'certwright:1:4b1c:1',
    })
    expect(ssl.enrolBody({ ...input, subjectAltNames: 'ExcludeCommonName' })).not.toHaveProperty('subjAltNames')
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

  it.each([{}, { renewId: 'x' }, { sslId: null }, [], null, 'ok'])('without an id: %j', (answer) => {
    expect(ssl.enrolAnswer.safeParse(answer).success).toBe(false)
    expect(device.enrolAnswer.safeParse(answer).success).toBe(false)
  })
})

describe('search', () => {
  const nameless = csrWith({ names: [{ type: 'ip', value: '192.0.2.1' }] })
  it('goes by common name, else by the first DNS name', () => {
    expect(ssl.search(target, csrWith({ commonName: 'cn', names: dns('a') }))).toMatchObject({
      query: { orgId: '8928', sslTypeId: '5170', commonName: 'cn' },
    })
    expect(ssl.search(target, csrWith({ names: dns('a', 'b') }))).toMatchObject({
      query: { subjectAlternativeName: 'a' },
    })
    expect(ssl.search(target, nameless)).toHaveProperty('reason')
  })

  it('takes the whole profile for a device CSR without a common name', () => {
    expect(device.search(target, csrWith({ commonName: 'cn' }))).toMatchObject({
      query: { certTypeId: '5170', commonName: 'cn' },
    })
    expect(device.search(target, nameless)).toMatchObject({ query: { orgId: '8928', certTypeId: '5170' } })
  })
})

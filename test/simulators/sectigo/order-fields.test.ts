// What an order may carry beside its names: custom fields of every type, and the optional fields of devices.
import { describe, expect, it } from 'vitest'
import { x509 } from './asn1.ts'
import type { CustomField } from './catalogue.ts'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { certificatesIn, csrPem, DEVICE_OV, idOf } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

describe('custom fields', () => {
  const define = (field: Partial<CustomField>): Promise<unknown> =>
    simulator.control.patchCatalogue({
      customFields: [{ id: 1, product: 'ssl', name: 'field', mandatories: [], ...field }],
    })
  const enroll = (value: string): Promise<Reply> => client.enrollSsl({ customFields: [{ name: 'field', value }] })

  it.each([
    ['DATE', '2026-12-04', '04.12.2026'],
    ['NUMBER', '-42', 'many'],
    ['EMAIL', 'a@x.example', 'somebody'],
    ['TEXT_SINGLE_LINE', 'one line', 'two\nlines'],
  ] as const)('of type %s take %s, not %s', async (type, good, bad) => {
    await define({ input: { type } })
    expect((await enroll(good)).status).toBe(200)
    expect((await enroll(bad)).json).toEqual({ code: -1601, description: "Field 'field' has invalid value." })
    expect((await enroll('')).status).toBe(200)
  })

  it('of type TEXT_OPTION take their options only', async () => {
    await define({ input: { type: 'TEXT_OPTION', options: ['red', 'green'] } })
    expect((await enroll('red')).status).toBe(200)
    expect((await enroll('blue')).json).toMatchObject({ code: -1601 })
  })

  it('take 256 characters of several lines', async () => {
    await define({ input: { type: 'TEXT_MULTI_LINE' } })
    expect((await enroll(`${'x'.repeat(254)}\nx`)).status).toBe(200)
    expect((await enroll('x'.repeat(257))).json).toMatchObject({ code: -1601 })
  })

  it('are mandatory for their own product only, and not with an empty value', async () => {
    await define({ mandatories: ['REST_API'] })
    expect((await client.enrollDevice()).status).toBe(200)
    expect((await client.enrollSsl()).json).toMatchObject({ code: -62 })
    expect((await enroll('')).json).toMatchObject({ code: -62 })
    expect((await enroll('x')).status).toBe(200)
  })

  it('of another product are unknown', async () => {
    await define({ product: 'device' })
    expect((await enroll('x')).json).toMatchObject({ code: -135 })
  })
})

describe('optional fields', () => {
  const enroll = async (optionalFields: readonly { name: string; value: string }[], fields = {}): Promise<Reply> =>
    await client.enrollDevice({
      csr: await csrPem({ rsaBits: 2048 }),
      certType: DEVICE_OV,
      term: 365,
      optionalFields,
      ...fields,
    })
  const leafOf = async (id: number): Promise<x509.X509Certificate> => {
    await simulator.control.issue(id)
    const { text } = await client.call('GET', `/device/v1/collect/${id}?format=x509CO`)
    const [leaf] = certificatesIn(text)
    if (!leaf) throw new Error(`no certificate in: ${text}`)
    return leaf
  }

  it('go into subject and names, but not over what the profile stamps', async () => {
    const reply = await enroll([
      { name: 'commonName', value: 'scanner-1' },
      { name: 'organizationalUnitName', value: 'Shop' },
      { name: 'organizationalUnitName', value: 'Till' },
      { name: 'organizationName', value: 'Somebody else' },
      { name: 'serialNumber', value: 'SN-1' },
      { name: 'dnsName', value: 'scanner-1.example.com' },
      { name: 'dnsName', value: 'scanner.example.com' },
      { name: 'rfc822Name', value: 'scanner@example.com' },
      { name: 'eeSID', value: 'S-1-5-21' },
    ])
    const leaf = await leafOf(idOf(reply))
    expect(leaf.subject).toBe('C=GB, ST=Greater Manchester, O=Acme Ltd, OU=Shop, OU=Till, 2.5.4.5=SN-1, CN=scanner-1')
    expect(leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toEqual([
      { type: 'dns', value: 'scanner-1.example.com' },
      { type: 'dns', value: 'scanner.example.com' },
      { type: 'email', value: 'scanner@example.com' },
    ])
    expect((await client.call('GET', '/device/v1?commonName=scanner-1')).json).toHaveLength(1)
  })

  it('survive a renewal', async () => {
    const id = idOf(await enroll([{ name: 'dnsName', value: 'scanner.example.com' }]))
    await simulator.control.issue(id)
    const renewed = idOf(await client.call('POST', `/device/v1/renew/order/${id}`))
    expect(await simulator.control.order(renewed)).toMatchObject({ names: ['scanner.example.com'] })
  })

  it.each([
    ['an empty value', [{ name: 'title', value: '' }], -64, "Optional field 'title' is invalid!"],
    ['a field twice', ['a', 'b'].map((value) => ({ name: 'surname', value })), -64, /surname/],
    ['a country of three letters', [{ name: 'countryName', value: 'GBR' }], -64, /countryName/],
    ['an address that is none', [{ name: 'rfc822Name', value: 'x' }], -64, /rfc822Name/],
    ['a name that is none', [{ name: 'dnsName', value: 'no name' }], -732, 'Invalid domain name.'],
    ['an unknown field', [{ name: 'shoeSize', value: '43' }], -1001, /one of the following values: \[.*eeSID/],
  ])('are refused with %s', async (_, fields, code, description) => {
    expect((await enroll(fields)).json).toEqual({ code, description: expect.stringMatching(description) })
  })
})

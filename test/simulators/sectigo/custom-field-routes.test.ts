// Custom fields, managed: what an administrator changes is what orders are held against.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { REQUESTER } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

const EVERY_WAY = ['ADMIN_UI', 'REST_API', 'SOAP_API', 'WEB_FORM']
const call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object, headers = {}): Promise<Reply> =>
  client.call(method, `/customField${path}`, { ...(body && { body }), headers })
const create = (fields = {}): Promise<Reply> => call('POST', '/v2', { name: 'owner', certType: 'ssl', ...fields })
const created = async (fields = {}): Promise<number> =>
  Number(
    String((await create(fields)).headers['location'])
      .split('/')
      .pop(),
  )
const enroll = async (value?: string): Promise<unknown> =>
  (await client.enrollSsl(value === undefined ? {} : { customFields: [{ name: 'owner', value }] })).json
const ORDERED = { sslId: expect.any(Number) }

describe('a custom field', () => {
  it('is made, and mandatory for orders at once', async () => {
    expect(await enroll('x')).toMatchObject({ code: -135 })
    const reply = await create({ mandatories: EVERY_WAY })
    const id = Number(String(reply.headers['location']).split('/').pop())
    expect([reply.status, reply.text]).toEqual([201, ''])
    expect(reply.headers['location']).toBe(`${simulator.url}/customField/v2/${id}`)
    const field = { id, name: 'owner', certType: 'ssl', state: 'ACTIVE', input: { type: 'TEXT_SINGLE_LINE' } }
    expect((await call('GET', `/v2/${id}`)).json).toEqual({ ...field, mandatories: EVERY_WAY })
    expect((await client.call('GET', '/ssl/v1/customFields')).json).toContainEqual({
      id,
      name: 'owner',
      mandatory: true,
    })
    expect(await enroll()).toMatchObject({ code: -62 })
    expect(await enroll('shop')).toMatchObject(ORDERED)
    expect((await client.enrollDevice()).status).toBe(200)
  })

  it('that is mandatory elsewhere is not for orders through the API', async () => {
    const id = await created({ mandatories: ['ADMIN_UI', 'WEB_FORM'] })
    expect((await client.call('GET', '/ssl/v1/customFields')).json).toContainEqual({
      id,
      name: 'owner',
      mandatory: false,
    })
    expect(await enroll()).toMatchObject(ORDERED)
  })

  it('holds values to its input', async () => {
    await create({ input: { type: 'TEXT_OPTION', options: ['red', 'green'] } })
    expect(await enroll('blue')).toMatchObject({ code: -1601 })
    expect(await enroll('red')).toMatchObject(ORDERED)
  })

  it('that is not active is none for orders', async () => {
    const id = await created({ mandatories: EVERY_WAY, state: 'INACTIVE' })
    expect(await enroll()).toMatchObject(ORDERED)
    expect(await enroll('x')).toMatchObject({ code: -135 })
    expect((await call('GET', `/v2/${id}`)).json).toMatchObject({ state: 'INACTIVE' })
  })

  it('is changed, and keeps what the body leaves out', async () => {
    const id = await created({ mandatories: EVERY_WAY, input: { type: 'TEXT_OPTION', options: ['red'] } })
    const changed = await call('PUT', '/v2', { id, name: 'team', mandatories: [] })
    const input = { type: 'TEXT_OPTION', options: ['red'] }
    expect(changed.json).toEqual({ id, name: 'team', certType: 'ssl', state: 'ACTIVE', input, mandatories: [] })
    await simulator.control.patchSettings({ updateOmitted: 'clear' })
    expect((await call('PUT', '/v2', { id, name: 'team' })).json).toMatchObject({ input: { type: 'TEXT_SINGLE_LINE' } })
  })

  it('is deleted, and orders keep what they carry', async () => {
    const id = await created()
    const { sslId } = (await enroll('shop')) as { sslId: number }
    const reply = await call('DELETE', `/v2/${id}`)
    expect([reply.status, reply.text]).toEqual([204, ''])
    expect(await enroll('shop')).toMatchObject({ code: -135 })
    expect((await client.call('GET', `/ssl/v1/${sslId}`)).json).toMatchObject({
      customFields: [{ name: 'owner', value: 'shop' }],
    })
    expect((await call('GET', `/v2/${id}`)).json).toMatchObject({ code: -135 })
    expect((await call('DELETE', `/v2/${id}`)).status).toBe(404)
  })

  it.each([
    ['a blank name', { name: ' ' }, -1001],
    ['a long name', { name: 'x'.repeat(257) }, -1001],
    ['no kind of certificate', { certType: undefined }, -1001],
    ['an unknown kind', { certType: 'SSL' }, -1002],
    ['an unknown way to ask', { mandatories: ['MAIL'] }, -1002],
    ['a choice of nothing', { input: { type: 'TEXT_OPTION', options: [] } }, -1001],
    ['the name of another one', { name: 'cost-centre' }, -134],
  ])('is refused with %s', async (_, fields, code) => {
    expect((await create(fields)).json).toMatchObject({ code })
  })

  it('may share its name with one of another kind, and not take the name of one of its own', async () => {
    const id = await created()
    expect((await create({ certType: 'codesign' })).status).toBe(201)
    expect((await call('PUT', '/v2', { id, name: 'cost-centre' })).json).toMatchObject({ code: -134 })
    expect((await call('PUT', '/v2', { id, name: 'owner' })).status).toBe(200)
    expect((await call('PUT', '/v2', { id: 1, name: 'owner' })).json).toMatchObject({ code: -135 })
  })

  it('is one too many at the limit of the tenant', async () => {
    await simulator.control.patchSettings({ customFieldLimit: 4 })
    expect((await create()).status).toBe(201)
    expect((await create({ name: 'one more' })).json).toEqual({
      code: -159,
      description:
        'Custom fields limit has been exceeded for this customer. Only 4 custom fields or fewer are allowed.',
    })
  })

  it('needs a privilege to be seen, made and changed', async () => {
    expect((await call('GET', '/v2', undefined, REQUESTER)).json).toMatchObject({
      description: expect.stringContaining('customFieldView'),
    })
    const body = { name: 'owner', certType: 'ssl' }
    expect((await call('POST', '/v2', body, REQUESTER)).json).toMatchObject({
      description: expect.stringContaining('customFieldCreate'),
    })
    const changed = await call('PUT', '/v2', { id: 354, name: 'x' }, REQUESTER)
    expect(changed.json).toMatchObject({ description: expect.stringContaining('customFieldManage') })
    expect((await call('DELETE', '/v1/354', undefined, REQUESTER)).json).toMatchObject({ code: -25 })
  })
})

describe('custom fields', () => {
  it('are listed by kind, in the words of the filter', async () => {
    const kinds = async (path: string): Promise<unknown[]> => {
      const { json } = await call('GET', path)
      return (json as { certType: string }[]).map(({ certType }) => certType)
    }
    expect(await kinds('/v2')).toEqual(['ssl', 'device', 'smime'])
    expect(await kinds('/v2/?certType=SMIME')).toEqual(['smime'])
    expect(await kinds('/v2/?certType=BrandIndicator')).toEqual([])
    expect(await kinds('/v1/device')).toEqual(['device'])
    expect((await call('GET', '/v2')).headers['x-total-count']).toBe('3')
    expect((await call('GET', '/v2?certType=TLS')).json).toMatchObject({ code: -1601 })
  })

  it('of version 1 are mandatory or not, and of one line', async () => {
    const made = await call('POST', '/v1', { name: 'owner', mandatory: true, certType: 'ssl', state: 'ACTIVE' })
    expect(made.status).toBe(200)
    const { id } = made.json as { id: number }
    const field = { id, name: 'owner', certType: 'ssl', state: 'ACTIVE', input: { type: 'TEXT_SINGLE_LINE' } }
    expect(made.json).toEqual({ ...field, mandatory: true })
    expect((await call('GET', `/v2/${id}`)).json).toEqual({ ...field, mandatories: EVERY_WAY })
    const changed = await call('PUT', '/v1', { id, name: 'owner', mandatory: false, certType: 'ssl', state: 'ACTIVE' })
    expect(changed.json).toEqual({ ...field, mandatory: false })
    expect(await enroll()).toMatchObject(ORDERED)
    expect((await call('GET', '/v1')).json).toContainEqual({ ...field, mandatory: false })
    expect((await call('DELETE', `/v1/${id}`)).status).toBe(204)
  })
})

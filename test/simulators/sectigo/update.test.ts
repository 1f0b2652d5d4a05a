// Updates: what may change in which state, and what becomes of fields that are left out.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { csrPem, DV_PROFILE, idOf, REQUESTER } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

const FIELDS = { customFields: [{ name: 'cost-centre', value: '4711' }] }

describe('SSL', () => {
  const update = (sslId: number, body: object = {}, headers = {}): Promise<Reply> =>
    client.call('PUT', '/ssl/v1', { body: { sslId, ...body }, headers })

  it('changes comments, requesters, custom fields and notifications of an issued certificate', async () => {
    const id = idOf(await client.enrollSsl({ comments: 'old' }))
    const reply = await update(id, {
      ...FIELDS,
      comments: 'new',
      externalRequester: 'a@x.example',
      requester: 'b@x.example',
      suspendNotifications: true,
      autoRenewDetails: { state: 'Scheduled' },
    })
    expect([reply.status, reply.json]).toMatchObject([
      200,
      {
        id,
        status: 'Issued',
        comments: 'new',
        externalRequester: 'a@x.example',
        requester: 'b@x.example',
        ...FIELDS,
        suspendNotifications: true,
        autoRenewDetails: { state: 'Scheduled', daysBeforeExpiration: 30 },
        owner: 'api-user',
      },
    ])
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toEqual(reply.json)
    expect((await client.call('GET', '/ssl/v1?renewalStatus=SCHEDULED')).json).toMatchObject([{ sslId: id }])
    const undone = await update(id, { autoRenewDetails: { state: 'Not scheduled' }, approverAdminId: -1 })
    expect(undone.json).toMatchObject({ autoRenewDetails: { state: 'Not scheduled' } })
    expect(undone.json).not.toHaveProperty('owner')
  })

  it('changes what was ordered while it waits', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const id = idOf(await client.enrollSsl())
    const csr = await csrPem({ rsaBits: 2048 })
    const reply = await update(id, {
      csr: csr.split('\n').slice(1, -1).join('\n'),
      certTypeId: DV_PROFILE,
      orgId: 8929,
      term: 90,
      commonName: 'z.example.com',
      subjectAlternativeNames: ['z.example.com', 'y.example.com'],
    })
    expect(reply.json).toMatchObject({
      status: 'Requested',
      orgId: 8929,
      certType: { id: DV_PROFILE },
      commonName: 'z.example.com',
      keyType: 'RSA - 2048',
      subjectAlternativeNames: ['z.example.com', 'y.example.com'],
      csrDetails: { csr: csr.trim() },
    })
  })

  it.each(['Declined', 'Rejected', 'Invalid'])('revives a %s order', async (status) => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.setStatus(id, status)
    expect((await update(id, { term: 199 })).json).toMatchObject({ status: 'Requested', term: 199 })
    await client.call('POST', `/ssl/v1/approve/${id}`, { body: { message: 'ok' } })
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued' })
  })

  it('repeats what was ordered without harm once it is issued, but does not change it', async () => {
    const id = idOf(await client.enrollSsl())
    expect((await update(id, { term: 90, certTypeId: 5170, orgId: 8928, commonName: 'a.example.com' })).status).toBe(
      200,
    )
    expect((await update(id, { term: 199 })).json).toEqual({
      code: -1601,
      description: "Field 'term' has invalid value.",
    })
  })

  it('keeps fields that are left out, or empties them on other tenants', async () => {
    const id = idOf(await client.enrollSsl({ ...FIELDS, comments: 'marker' }))
    expect((await update(id)).json).toMatchObject({ comments: 'marker', ...FIELDS })
    await simulator.control.patchSettings({ updateOmitted: 'clear' })
    const { json } = await update(id)
    expect(json).not.toHaveProperty('comments')
    expect(json).not.toHaveProperty('customFields')
  })

  it.each([
    ['no sslId', { sslId: null }, -1001],
    ['an unknown sslId', { sslId: 1 }, -124],
    ['a term below 1', { term: 0 }, -1001],
    ['a term outside the profile', { term: 91 }, -36],
    ['an unknown profile', { certTypeId: 1 }, -111],
    ['an unknown organization', { orgId: 1 }, -639],
    ['comments over 1024 characters', { comments: 'x'.repeat(1025) }, -1001],
    ['a custom field without a name', { customFields: [{ name: '', value: 'x' }] }, -1001],
    ['an unknown custom field', { customFields: [{ name: 'x', value: 'x' }] }, -135],
    ['a CSR that is none', { csr: 'AAAAAAAA' }, -10],
    ['an unknown state of automatic renewal', { autoRenewDetails: { state: 'Maybe' } }, -1001],
    ['an approver below -1', { approverAdminId: -2 }, -1001],
    ['names as a string', { subjectAlternativeNames: 'a.example.com' }, -1002],
  ])('refuses %s', async (_, body, code) => {
    await simulator.control.patchSettings({ approval: 'manual' })
    expect((await update(idOf(await client.enrollSsl()), body)).json).toMatchObject({ code })
  })

  it('needs the privilege', async () => {
    expect((await update(idOf(await client.enrollSsl()), {}, REQUESTER)).json).toMatchObject({ code: -25 })
  })
})

describe('devices', () => {
  const update = (id: number, body: object, headers = {}): Promise<Reply> =>
    client.call('PUT', `/device/v1/${id}`, { body, headers })

  it('change comments and custom fields', async () => {
    const id = idOf(await client.enrollDevice({ comments: 'old' }))
    const reply = await update(id, { comments: 'new', ...FIELDS })
    expect([reply.status, reply.json]).toMatchObject([200, { id, comments: 'new', ...FIELDS }])
    expect((await update(id, {})).json).toMatchObject({ comments: 'new', ...FIELDS })
    await simulator.control.patchSettings({ updateOmitted: 'clear' })
    expect((await update(id, {})).json).not.toHaveProperty('comments')
  })

  it('refuse long comments, unknown fields and ids, and a missing privilege', async () => {
    const id = idOf(await client.enrollDevice())
    expect((await update(id, { comments: 'x'.repeat(1025) })).json).toMatchObject({ code: -1001 })
    expect((await update(id, { customFields: [{ name: 'x', value: '' }] })).json).toMatchObject({ code: -135 })
    expect((await update(1, {})).json).toMatchObject({ code: -5101 })
    expect((await update(id, {}, REQUESTER)).json).toMatchObject({ code: -25 })
  })
})

// Validation of a domain by mail: the addresses that may prove it, one domain or many.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'

const OPEN = 'unvalidated.example'

const { simulator, client } = await sharedSimulator()

const post = (operation: string, body: object): Promise<Reply> =>
  client.call('POST', `/dcv/v1/validation/${operation}`, { body })
const onDomain = async (operation: string, domain = OPEN, more = {}): Promise<unknown> =>
  (await post(operation, { domain, ...more })).json
const status = (domain = OPEN): Promise<unknown> => onDomain('status', domain)

describe('validation by mail', () => {
  it('offers the same mailboxes in every domain, and those of its registration', async () => {
    const { emails, dcvEmails } = (await onDomain('start/domain/email')) as { emails: string[]; dcvEmails: unknown[] }
    expect(dcvEmails).toEqual([
      {
        domainName: OPEN,
        whoisEmails: ['domain.admin@registrar.example'],
        adminEmails: ['admin', 'administrator', 'hostmaster', 'postmaster', 'webmaster'].map((box) => `${box}@${OPEN}`),
        dnsTxtEmails: ['dns.txt@registrar.example'],
      },
    ])
    expect(emails).toHaveLength(7)
    expect(await status()).toMatchObject({ orderStatus: 'NOT_INITIATED' })
  })

  it('ends with a click', async () => {
    const email = `admin@${OPEN}`
    const { emailValidationReferenceNumber, ...answer } = (await onDomain('submit/domain/email', OPEN, { email })) as {
      emailValidationReferenceNumber: string
    }
    expect(answer).toMatchObject({ status: 'NOT_VALIDATED', orderStatus: 'SUBMITTED' })
    expect(await status()).toMatchObject({ validationEmail: email, emailValidationReferenceNumber })
    expect(await onDomain('start/domain/email')).toHaveProperty('emails')
    await simulator.control.publishDomain(OPEN)
    await onDomain('sync')
    expect((await client.call('GET', '/dcv/v1/validation?dcvStatus=VALIDATED')).json).toContainEqual(
      expect.objectContaining({ domain: OPEN, dcvMethod: 'EMAIL' }),
    )
  })

  it('takes several domains at once, with an address of all', async () => {
    const domains = [OPEN, 'expired.example']
    const { json } = await post('start/domain/email', { domains })
    const emails = ['dns.txt@registrar.example', 'domain.admin@registrar.example']
    expect(json).toMatchObject({ emails, dcvEmails: [{ domainName: OPEN }, { domainName: 'expired.example' }] })
    const bulk = async (body: object): Promise<unknown> => (await post('submit-bulk/domain/email', body)).json
    expect(await bulk({ domains, email: `admin@${OPEN}` })).toMatchObject({ code: -1601 })
    expect(await bulk({ domains: [], email: emails[0] })).toMatchObject({ code: -1001 })
    expect(await bulk({ domains, email: 'nobody' })).toMatchObject({ code: -1001 })
    const submitted = (await bulk({ domains, email: emails[0] })) as { orderBackendId: string }
    expect(submitted).toEqual({
      orderStatus: 'SUBMITTED',
      message: 'Submitted successfully',
      orderBackendId: expect.any(String),
    })
    for (const domain of domains) {
      expect(await status(domain)).toMatchObject({ orderMode: 'EMAIL', orderBackendId: submitted.orderBackendId })
    }
  })
})

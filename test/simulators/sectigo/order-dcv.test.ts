// The proof of control that one order asks for, where domains are not validated beforehand.
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { csrPem, idOf } from './test-client.ts'

const START = Date.UTC(2026, 11, 4, 10, 0, 0)
const HOUR_MS = 60 * 60 * 1000
let now = START

beforeEach(() => {
  now = START
})
const { simulator, client } = await sharedSimulator({ now: () => now })

describe('the proof of one order', () => {
  beforeEach(() => simulator.control.patchSettings({ dcv: 'perOrder' }))

  const dcv = async (id: number): Promise<unknown> => (await client.call('GET', `/ssl/v1/${id}/dcv`)).json

  it('needs a dcvMode at enrolment', async () => {
    expect((await client.enrollSsl()).json).toEqual({ code: -7, description: 'dcvMode is required but missing.' })
  })

  it('is told by host and point from the hashes of the CSR', async () => {
    const csr = await csrPem({})
    const id = idOf(await client.enrollSsl({ csr, dcvMode: 'CNAME' }))
    const der = Buffer.from(csr.replace(/-----[^-]+-----/g, ''), 'base64')
    const hash = (algorithm: string): string => createHash(algorithm).update(der).digest('hex').toUpperCase()
    const sha256 = hash('sha256')
    expect(await dcv(id)).toEqual({
      dcvLog: {
        error: { code: 0, description: null },
        log: [
          {
            domainName: 'a.example.com',
            dcvStatus: 'Awaiting Validation',
            dcvMethod: 'CNAME_CSR_HASH',
            lastCheck: '2026-12-04 10:00:00',
            nextCheck: '2026-12-04 11:00:00',
            dcvEmailRefNumber: expect.any(Number),
          },
        ],
      },
      instructions: [
        {
          domainName: 'a.example.com',
          dcvMode: 'CNAME',
          host: `_${hash('md5')}.a.example.com.`,
          point: `${sha256.slice(0, 32)}.${sha256.slice(32)}.sectigo.com.`,
        },
      ],
    })
  })

  it.each([
    [
      'HTTP',
      { url: expect.stringMatching(/^http:.*\.txt$/), file: expect.stringMatching(/^[0-9A-F]{64}\nsectigo\.com$/) },
    ],
    ['HTTPS', { url: expect.stringMatching(/^https:/) }],
    ['TXT', { host: '_pki-validation.a.example.com.', point: expect.stringMatching(/^.{32}$/) }],
    ['EMAIL', { dcvEmail: 'admin@example.com' }],
  ])('is told for %s', async (dcvMode, instruction) => {
    const id = idOf(await client.enrollSsl({ dcvMode, dcvEmail: 'admin@example.com' }))
    expect(await dcv(id)).toMatchObject({ instructions: [instruction] })
  })

  it('holds the order in Applied until the hourly check finds it', async () => {
    const id = idOf(await client.enrollSsl({ dcvMode: 'CNAME' }))
    now += 3 * HOUR_MS
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Applied' })
    await simulator.control.publishDcv(id)
    now += HOUR_MS - 1
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Applied' })
    now += 1
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued', issuedAt: new Date(now).toISOString() })
    expect(await dcv(id)).toMatchObject({
      dcvLog: { log: [{ dcvStatus: 'Validated', dcvDate: '2026-12-04 14:00:00' }] },
    })
  })

  it('is found at once by a recheck', async () => {
    const id = idOf(await client.enrollSsl({ dcvMode: 'CNAME' }))
    const recheck = (): Promise<Reply> => client.call('POST', `/ssl/v1/${id}/dcv/recheck`)
    now += 60_000
    const early = await recheck()
    expect([early.status, early.text]).toEqual([202, ''])
    expect(await dcv(id)).toMatchObject({ dcvLog: { log: [{ lastCheck: '2026-12-04 10:01:00' }] } })
    await simulator.control.publishDcv(id)
    await recheck()
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued' })
  })

  it('is not needed where domains are validated beforehand', async () => {
    await simulator.control.patchSettings({ dcv: 'prevalidated' })
    const id = idOf(await client.enrollSsl({ dcvMode: 'CNAME' }))
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued' })
    expect(await dcv(id)).toEqual({ dcvLog: { error: { code: 0, description: null }, log: [] }, instructions: [] })
    await expect(simulator.control.publishDcv(id)).rejects.toThrow(/no domain control validation/)
  })

  it('of an unknown order is -124', async () => {
    expect(await dcv(1)).toMatchObject({ code: -124 })
    expect((await client.call('POST', '/ssl/v1/1/dcv/recheck')).json).toMatchObject({ code: -124 })
  })
})

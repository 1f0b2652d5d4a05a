import { describe, expect, it } from 'vitest'
import { openValidations } from './order-dcv.ts'
import { type Reply, scriptedCaller } from './testing/scripted-caller.ts'

const log = (domainName: string, dcvStatus: string): object => ({ domainName, dcvStatus, dcvMethod: 'CNAME_CSR_HASH' })
const cname = (domainName: string): object => ({
  domainName,
  dcvMode: 'CNAME',
  host: `_4E.${domainName}.`,
  point: '7A.15.sectigo.com.',
})

const ask = (reply: Reply) => {
  const caller = scriptedCaller(() => reply)
  const options = { remote: { id: '811', attributes: {} }, rank: 2, signal: new AbortController().signal }
  return { caller, todo: openValidations(caller, options) }
}

describe('openValidations', () => {
  const waiting = {
    dcvLog: { error: { code: 0, description: null }, log: [log('a.example', 'Awaiting Validation')] },
    instructions: [cname('a.example')],
  }

  it.each([
    ['an object', waiting],
    ['a list', [waiting]],
  ])('says what to publish: %s', async (_, json) => {
    const { caller, todo } = ask({ json })
    expect(await todo).toBe('publish _4E.a.example. CNAME 7A.15.sectigo.com.')
    expect(caller.calls[0]).toMatchObject({ path: 'ssl/v1/811/dcv', endpoint: 'ssl/v1/{id}/dcv' })
  })

  it('says nothing of domains that are validated', async () => {
    const instructions = [cname('a.example'), cname('b.example')]
    const both = { dcvLog: { log: [log('a.example', 'VALIDATED'), log('b.example', 'Not validated')] }, instructions }
    expect(await ask({ json: both }).todo).toBe('publish _4E.b.example. CNAME 7A.15.sectigo.com.')
  })

  it('knows files and mails', async () => {
    const instructions = [
      { domainName: 'a', dcvMode: 'HTTP', url: 'http://a/.well-known/pki-validation/88.txt', file: 'x' },
      { domainName: 'b', dcvMode: 'EMAIL', dcvEmail: 'admin@b' },
    ]
    expect(await ask({ json: { instructions } }).todo).toBe(
      'serve the validation file at http://a/.well-known/pki-validation/88.txt; answer the mail to admin@b for b',
    )
  })

  it('shows no value that it cannot show as it is', async () => {
    const host = '_pki-validation.a.example.'
    const point = 'zYWR 5J<pyt_sa%uh98IUo>xx5T_c/!I'
    const instructions = [{ domainName: 'a.example', dcvMode: 'TXT', host, point }]
    expect(await ask({ json: { instructions } }).todo).toBe('publish what SCM shows for a.example')
  })

  it('lists few of many', async () => {
    const instructions = ['a', 'b', 'c', 'd', 'e'].map(cname)
    expect(await ask({ json: { instructions } }).todo).toMatch(/^(publish [^;]+; ){2}publish [^;]+ and 2 more$/)
  })

  it.each<Reply>([{ json: {} }, { json: [] }, { text: '' }, { text: '<html>' }, { status: 404 }, { status: 403 }])(
    'does without: %j',
    async (reply) => {
      expect(await ask(reply).todo).toBeUndefined()
    },
  )

  it('throws when SCM cannot be asked', async () => {
    await expect(ask({ status: 500 }).todo).rejects.toMatchObject({ kind: 'Unavailable' })
  })
})

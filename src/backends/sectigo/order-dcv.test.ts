import { describe, expect, it } from 'vitest'
import { openValidations } from './order-dcv.ts'
import { quoter } from './quote.ts'
import { type Reply, scriptedCaller } from './testing/scripted-caller.ts'

const log = (domainName: string, dcvStatus: string): object => ({ domainName, dcvStatus, dcvMethod: 'CNAME_CSR_HASH' })
const cname = (domainName: string): object => ({
  domainName,
  dcvMode: 'CNAME',
  host: `_4E.${domainName}.`,
  point: '7A.15.sectigo.com.',
})

const published = (domain: string): object => ({
  domain,
  method: 'CNAME',
  name: `_4E.${domain}.`,
  value: '7A.15.sectigo.com.',
})

const asked = { remote: { id: '811', attributes: {} }, rank: 2, signal: new AbortController().signal }
const ask = (reply: Reply) => {
  const caller = scriptedCaller(() => reply)
  return { caller, todo: openValidations(caller, asked) }
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
    expect(await todo).toEqual({
      todo: 'publish _4E.a.example. CNAME 7A.15.sectigo.com.',
      validations: [published('a.example')],
    })
    expect(caller.calls[0]).toMatchObject({ path: 'ssl/v1/811/dcv', endpoint: 'ssl/v1/{id}/dcv' })
  })

  it('says nothing of domains that are validated', async () => {
    const instructions = [cname('a.example'), cname('b.example')]
    const both = { dcvLog: { log: [log('a.example', 'VALIDATED'), log('b.example', 'Not validated')] }, instructions }
    expect(await ask({ json: both }).todo).toMatchObject({ validations: [published('b.example')] })
  })

  it('knows files, mails and the DNS connector', async () => {
    const url = 'http://a/.well-known/pki-validation/88.txt'
    const instructions = [
      { domainName: 'a', dcvMode: 'HTTP', url, file: '3DAE\nsectigo.com' },
      { domainName: 'b', dcvMode: 'EMAIL', dcvEmail: 'admin@b' },
      { ...cname('c'), dcvMode: 'AUTO' },
    ]
    expect(await ask({ json: { instructions } }).todo).toEqual({
      todo: `serve the validation file at ${url}; answer the mail to admin@b for b; SCM's DNS connector publishes _4E.c. for c`,
      validations: [
        { domain: 'a', method: 'HTTP', name: url, value: '3DAE\nsectigo.com' },
        { domain: 'b', method: 'EMAIL', name: 'admin@b' },
        { ...published('c'), method: 'AUTO' },
      ],
    })
  })

  it('has the value to the letter where a message cannot show it', async () => {
    const host = '_pki-validation.a.example.'
    const point = 'zYWR 5J<pyt_sa%uh98IUo>xx5T_c/!I'
    const instructions = [{ domainName: 'a.example', dcvMode: 'TXT', host, point }]
    expect(await ask({ json: { instructions } }).todo).toEqual({
      todo: `publish ${host} TXT with the value that the CertificateOrder's status has`,
      validations: [{ domain: 'a.example', method: 'TXT', name: host, value: point }],
    })
  })

  it.each([
    ['names that are none', { ...cname('a b'), host: '<script>' }, undefined],
    [
      'values with control characters',
      { ...cname('a'), point: '7A\u001b[31m' },
      { domain: 'a', method: 'CNAME', name: '_4E.a.' },
    ],
    [
      'values without an end',
      { ...cname('a'), point: '7'.repeat(513) },
      { domain: 'a', method: 'CNAME', name: '_4E.a.' },
    ],
  ])('shows no %s', async (_, instruction, shown) => {
    const todo = await ask({ json: { instructions: [instruction] } }).todo
    expect(todo?.validations).toEqual(shown && [shown])
  })

  it('shows nothing that repeats a credential: no such name, and no such value', async () => {
    const secrets = ['Correct-Horse-1!']
    const instructions = [
      { ...cname('a'), host: secrets[0] },
      { ...cname('b'), point: secrets[0] },
    ]
    const said = { ...scriptedCaller(() => ({ json: { instructions } })), quote: quoter(() => secrets) }
    const { todo, validations } = (await openValidations(said, asked)) ?? {}
    expect(validations).toEqual([{ domain: 'b', method: 'CNAME', name: '_4E.b.' }])
    expect(todo).toBe('publish _4E.b. CNAME with the value that SCM shows')
  })

  it('has all of many, and lists few', async () => {
    const instructions = ['a', 'b', 'c', 'd', 'e'].map(cname)
    const open = await ask({ json: { instructions } }).todo
    expect(open?.validations).toHaveLength(5)
    expect(open?.todo).toMatch(/^(publish [^;]+; ){2}publish [^;]+ and 2 more$/)
    const more = Array.from({ length: 300 }, (_, n) => cname(`n${n}`))
    expect((await ask({ json: { instructions: more } }).todo)?.validations).toHaveLength(250)
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

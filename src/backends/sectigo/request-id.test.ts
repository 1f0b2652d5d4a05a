// Whoever asks Sectigo about a call that failed needs its id: the same in the line about the failure as in that of the call.
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { createSectigoBackend } from './backend.ts'
import { sendJson, startServer } from './testing/local-server.ts'
import { csrWith, identity } from './testing/scripted-caller.ts'
import { createSectigoTransport } from './transport.ts'

const PASSWORD = 'correct-horse-battery-staple'
const signal = new AbortController().signal
const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

/** Asks a server that answers like this, and tells what was logged of each call. */
async function asking(answer: (response: ServerResponse) => void) {
  const server = await startServer((_, response) => answer(response))
  const logged: unknown[] = []
  const transport = createSectigoTransport({
    url: server.url,
    caBundle: server.caBundle,
    credentials: { kind: 'password', customerUri: 'cst325', login: 'l', password: PASSWORD },
    clock: new FakeClock(),
    log: { debug: ({ request }) => void logged.push(request), warn: () => {} },
  })
  transport.credential.accept(transport)
  open.push(server, { [Symbol.asyncDispose]: () => transport.close() })
  const settings = { url: server.url, tenant: 'cst325', organization: { id: '1' }, profile: { id: '2' } }
  const backend = createSectigoBackend({
    transport,
    settings: { ...settings, product: 'ssl' },
    slots: { acquire: async () => () => {} },
    account: 'account',
  })
  const target = { endpoint: server.url, tenant: 'cst325', product: 'ssl', organization: '1', profile: '2' }
  const query = { target, remote: { id: '812', attributes: {} }, identity }
  const submission = { target, csr: csrWith(), identity, attempt: 1, note: '', mayBegin: () => true }
  return { look: () => backend.look(query, { signal }), submit: () => backend.submit(submission), logged }
}

describe('the id of a call', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['an error', (response) => sendJson(response, 400, { code: -1603 })],
    ['a server that is down', (response) => void response.writeHead(502).end()],
    ['no JSON', (response) => void response.end('<html>')],
    ['a cut line', (response) => void response.destroy()],
  ])('is with what failed: %s', async (_, answer) => {
    const { look, submit, logged } = await asking(answer)
    const outcome = await submit()
    expect(outcome).toMatchObject({ outcome: 'unknown', request: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    await expect(look()).rejects.toMatchObject({ request: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    const lookedAt = await look().catch(({ request }) => request)
    expect(logged).toContain(outcome.outcome === 'unknown' ? outcome.request : undefined)
    expect(logged).toContain(lookedAt)
  })

  it('is with a refusal', async () => {
    const { submit, logged } = await asking((response) => sendJson(response, 400, { code: -36 }))
    const outcome = await submit()
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { request: logged[0] } })
  })

  it('has SCM’s own beside it, where it gives one that repeats no credential', async () => {
    const named = await asking((response) => sendJson(response, 400, { code: -1603 }, { 'x-request-id': 'scm-4711' }))
    await expect(named.look()).rejects.toMatchObject({ request: expect.stringMatching(/^\S{36} \(SCM: scm-4711\)$/) })
    const hostile = await asking((response) => sendJson(response, 400, {}, { 'x-request-id': `id ${PASSWORD}` }))
    await expect(hostile.look()).rejects.toMatchObject({
      request: expect.stringMatching(/ \(SCM: \(withheld: .*\)\)$/),
    })
  })
})

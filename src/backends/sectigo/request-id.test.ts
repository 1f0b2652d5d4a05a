// Whoever asks Sectigo about a call that failed needs its id: the same in the line about the failure as in that of the call.
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createSectigoBackend } from './backend.ts'
import { sendJson, startServer } from './testing/local-server.ts'
import { LOGIN, openTransport, settingsAt } from './testing/open-transport.ts'
import { csrWith, identity, target } from './testing/scripted-caller.ts'

const signal = new AbortController().signal

/** Asks a server that answers like this, and tells what was logged of each call. */
async function asking(answer: (response: ServerResponse) => void) {
  const server = await startServer((_, response) => answer(response))
  const logged: unknown[] = []
  const log = { debug: ({ request }: { request?: unknown }) => void logged.push(request), warn: () => {} }
  const transport = openTransport(server, { log })
  transport.credential.accept(transport)
  const backend = createSectigoBackend({
    transport,
    settings: settingsAt(server),
    slots: { acquire: async () => () => {} },
    account: 'account',
  })
  const here = { ...target, endpoint: server.url }
  const query = { target: here, remote: { id: '812', attributes: {} }, identity }
  const submission = { target: here, csr: csrWith(), identity, attempt: 1, note: '', mayBegin: () => true }
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
    const hostile = await asking((response) => sendJson(response, 400, {}, { 'x-request-id': `id ${LOGIN.password}` }))
    await expect(hostile.look()).rejects.toMatchObject({
      request: expect.stringMatching(/ \(SCM: \(withheld: .*\)\)$/),
    })
  })
})

// What happens to a call whose connection takes its time, when meanwhile the call is no longer wanted.
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import type { Call } from './call.ts'
import { CredentialState } from './credential-state.ts'
import { sendJson, startServer } from './testing/local-server.ts'
import { enrol, openTransport, types } from './testing/open-transport.ts'
import { slowDoor } from './testing/slow-door.ts'

const collect: Call = { ...types, endpoint: 'ssl/v1/collect/{id}', path: 'ssl/v1/collect/1', file: true }
const decline: Call = { ...enrol, endpoint: 'ssl/v1/decline/{id}', path: 'ssl/v1/decline/1' }

/** A GET is held under way on the first connection, and an enrolment waits at the door for the second. */
async function twoCalls(signal?: AbortSignal) {
  let answerLook: (status: number) => void = () => {}
  const server = await startServer(({ method }, response) => {
    if (method === 'GET') answerLook = (status) => sendJson(response, status, {})
    else sendJson(response, 200, { sslId: 1 })
  })
  const door = await slowDoor(server.port)
  // Or the second call would wait for the first.
  const credentialState = new CredentialState({ clock: new FakeClock() })
  const transport = openTransport({ ...server, url: `https://127.0.0.1:${door.port}/api` }, { credentialState })
  credentialState.accept(transport)
  const looking = transport.exchange(types)
  await expect.poll(() => server.received).toHaveLength(1)
  const enrolling = transport.exchange({ ...enrol, signal })
  await expect.poll(() => door.waiting()).toBe(1)
  return { server, door, transport, looking, enrolling, answerLook: (status: number) => answerLook(status) }
}

describe('a call that is still connecting', () => {
  it('goes out when the door opens', async () => {
    const { server, door, looking, enrolling, answerLook } = await twoCalls()
    door.open()
    expect(await enrolling).toMatchObject({ result: 'answered', answer: { status: 200 } })
    answerLook(200)
    await looking
    expect(server.received.map(({ method }) => method)).toEqual(['GET', 'POST'])
  })

  it('is not sent when another call shows that the login is refused', async () => {
    const { server, door, looking, enrolling, answerLook } = await twoCalls()
    answerLook(401)
    const refused = await looking
    door.open()
    expect(await enrolling).toEqual(refused)
    expect(refused).toMatchObject({ result: 'noEffect', failure: { kind: 'CredentialsRefused' } })
    expect(server.received).toHaveLength(1)
  })

  it('is not sent when it was given up, though its connection opens later', async () => {
    const abort = new AbortController()
    const { server, door, transport, looking, enrolling, answerLook } = await twoCalls(abort.signal)
    abort.abort()
    expect(await enrolling).toMatchObject({ result: 'noEffect', failure: { code: 'Aborted' } })
    door.open()
    await expect.poll(() => server.secured()).toBe(2)
    answerLook(200)
    await looking
    expect(await transport.exchange(enrol)).toMatchObject({ result: 'answered' })
    expect(server.received.map(({ method }) => method)).toEqual(['GET', 'POST'])
  })
})

describe('the end of a transport', () => {
  it('comes after the calls under way, and not after connections that nobody wants any more', async () => {
    const abort = new AbortController()
    const { server, transport, looking, enrolling, answerLook } = await twoCalls(abort.signal)
    abort.abort()
    await enrolling
    let closed = false
    const closing = transport.close().then(() => {
      closed = true
    })
    expect(await transport.exchange(enrol)).toMatchObject({ result: 'noEffect', failure: { code: 'NotSent' } })
    expect(closed).toBe(false)
    answerLook(200)
    expect(await looking).toMatchObject({ result: 'answered' })
    await closing
    expect(server.received).toHaveLength(1)
  })
})

describe('what a failed call says of the way it took, and of no other way of the login', () => {
  it.each([
    ['nobody is there', { url: 'https://127.0.0.1:1/api' }],
    ['the proxy is not there', { proxy: { url: 'http://127.0.0.1:1' } }],
    ['this issuer does not trust the server', { caBundle: undefined }],
  ])('%s', async (_, way) => {
    const server = await startServer((_request, response) => sendJson(response, 200, []))
    const transport = openTransport(server, way)
    expect(await transport.exchange(types)).toMatchObject({ result: 'noEffect' })
    expect([transport.credential.word(transport), transport.credential.word({})]).toEqual(['down', 'untried'])
  })

  it.each([
    [200, 'text/html', '\n<!doctype html><title>Maintenance</title>'],
    [200, 'text/plain', 'We will be back soon.'],
    [200, 'application/json', '\u001f\u008b\b\u0000'],
    [302, 'text/html', ''],
    [403, 'text/html', '<html>Forbidden</html>'],
    [408, 'text/plain', ''],
    [502, 'text/html', '<html>Bad gateway</html>'],
  ])('HTTP %i of something in front of SCM: %s', async (status, type, body) => {
    const server = await startServer((_, response) => response.writeHead(status, { 'content-type': type }).end(body))
    const transport = openTransport(server)
    for (let n = 0; n < 3; n++) await transport.exchange(types)
    expect(transport.credential.word(transport)).toBe('down')
    expect(await transport.exchange(types)).toMatchObject({ result: 'noEffect' })
    expect(server.received).toHaveLength(3)
  })
})

describe('HTTP 200', () => {
  it.each([
    ['text in place of JSON', types, 'We will be back soon.', 'down'],
    ['text in place of an order id', enrol, 'We will be back soon.', 'down'],
    ['a page in place of a certificate', collect, '<html>We will be back soon.</html>', 'down'],
    ['an object', types, '{"status": "Issued"}', 'accepted'],
    ['a list, after a byte order mark', types, '\ufeff []', 'accepted'],
    ['an object that lacks everything', enrol, '{}', 'accepted'],
    ['nothing', decline, '', 'accepted'],
    ['a certificate', collect, '-----BEGIN CERTIFICATE-----', 'accepted'],
    ['a certificate in Base64', collect, 'MIIC', 'accepted'],
  ])('with %s', async (_, call, body, word) => {
    const server = await startServer((_request, response) => response.writeHead(200).end(body))
    const transport = openTransport(server)
    // Whatever it says of the way: an order may have been made.
    expect(await transport.exchange(call)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    expect(transport.credential.word(transport)).toBe(word)
  })

  it('with text, once, keeps orders back until the next good answer, and no read', async () => {
    const answers = ['We will be back soon.', '[]']
    const server = await startServer((_, response) => response.writeHead(200).end(answers.shift() ?? '[]'))
    const transport = openTransport(server)
    await transport.exchange(types)
    expect([transport.fit, transport.heldBack]).toEqual([false, undefined])
    await transport.exchange(types)
    expect(transport.fit).toBe(true)
  })
})

describe('what an answer of SCM says of the login', () => {
  it.each([
    [500, {}, 'down'],
    [503, { 'retry-after': '7' }, 'throttled'],
    [429, {}, 'throttled'],
    [404, {}, 'accepted'],
    [401, {}, 'refused'],
  ])('HTTP %i %j: %s', async (status, headers, word) => {
    const server = await startServer((_, response) =>
      sendJson(response, status, { code: -1, description: 'x' }, headers),
    )
    const transport = openTransport(server)
    await transport.exchange(types)
    expect(transport.credential.word(transport)).toBe(word)
  })
})

describe('calls of a login that was never accepted', () => {
  it('find out by one of them, however many come at once', async () => {
    const server = await startServer((_, response) => sendJson(response, 401, { code: -16 }))
    const transport = openTransport(server)
    const all = await Promise.all([types, types, enrol, types].map((call) => transport.exchange(call)))
    for (const one of all) expect(one).toMatchObject({ result: 'noEffect', failure: { kind: 'CredentialsRefused' } })
    expect(server.received).toHaveLength(1)
  })
})

// The turn to place an order: granted only while SCM answers, and never leaked.
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { createSectigoBackend } from './backend.ts'
import { type LocalServer, sendJson, startServer } from './testing/local-server.ts'
import { openTransport, settingsAt } from './testing/open-transport.ts'
import { csrWith, identity, target } from './testing/scripted-caller.ts'

const never = new AbortController().signal

async function issuer(handle: Parameters<typeof startServer>[0]) {
  const server: LocalServer = await startServer(handle)
  const clock = new FakeClock()
  const transport = openTransport(server, { clock })
  const slots = { held: 0, namespaces: [] as string[], duringAcquire: () => {} }
  const backend = createSectigoBackend({
    transport,
    settings: settingsAt(server),
    account: 'account',
    slots: {
      async acquire({ namespace, rank }) {
        if (rank === 0) slots.namespaces.push(namespace)
        slots.duringAcquire()
        slots.held++
        return () => void slots.held--
      },
    },
  })
  const submission = {
    target: { ...target, endpoint: server.url },
    csr: csrWith(),
    identity,
    attempt: 1,
    note: 'test',
    mayBegin: () => true,
  }
  return { backend, transport, server, slots, clock, submission }
}

const asked = ({ received }: LocalServer): string[] => received.map(({ method, url }) => `${method} ${url}`)

describe('rule 4: a turn', () => {
  it('asks one question of a login that was never accepted, and then holds a slot until it is given back', async () => {
    const { backend, server, slots } = await issuer((_, response) => sendJson(response, 200, []))
    const turns = await Promise.all(['a', 'b', 'c'].map((namespace) => backend.turn({ signal: never, namespace })))
    expect(asked(server)).toEqual(['GET /api/ssl/v1/types?organizationId=8928'])
    expect(slots).toMatchObject({ held: 3, namespaces: ['a', 'b', 'c'] })
    for (const turn of turns) turn.release()
    expect(slots.held).toBe(0)
  })

  it('places the order within the turn, in no other slot', async () => {
    const { backend, slots, submission } = await issuer((_, response) => sendJson(response, 200, { sslId: 1 }))
    const turn = await backend.turn({ signal: never })
    expect(await backend.submit({ ...submission, turn })).toMatchObject({ outcome: 'accepted' })
    expect(slots.namespaces).toHaveLength(1)
    turn.release()
    expect(slots.held).toBe(0)
  })

  it('is not granted to a login that is refused', async () => {
    const { backend, server, slots } = await issuer((_, response) => sendJson(response, 401, { code: -16 }))
    await expect(backend.turn({ signal: never })).rejects.toMatchObject({ kind: 'CredentialsRefused' })
    await expect(backend.turn({ signal: never })).rejects.toMatchObject({ kind: 'CredentialsRefused' })
    expect(server.received).toHaveLength(1)
    expect(slots.held).toBe(0)
  })

  it('waits out an outage with reads only', async () => {
    let down = true
    const { backend, server, clock, slots } = await issuer((_, response) =>
      down ? sendJson(response, 500, {}) : sendJson(response, 200, []),
    )
    let granted = false
    const waiting = backend.turn({ signal: never }).then((turn) => {
      granted = true
      return turn
    })
    const until = async (calls: number): Promise<void> => {
      while (server.received.length < calls) await clock.advance(1_000)
    }
    await until(3)
    expect(granted).toBe(false)
    down = false
    await until(4)
    ;(await waiting).release()
    expect(new Set(asked(server))).toEqual(new Set(['GET /api/ssl/v1/types?organizationId=8928']))
    expect(slots.held).toBe(0)
  })

  it('is asked for less and less often where something else than SCM answers, and that is what is told', async () => {
    const { backend, transport, server, clock } = await issuer((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>nothing here</html>'),
    )
    const abort = new AbortController()
    const waiting = backend.turn({ signal: abort.signal })
    const hindrance = () => transport.credential.hindrance(transport)
    while (hindrance() === undefined) await clock.advance(100)
    expect(hindrance()).toMatchObject({
      kind: 'UnexpectedAnswer',
      message: 'SCM answered HTTP 404',
    })
    while (server.received.length < 6) await clock.advance(100)
    // 1 + 2 + 4 + 8 + 16 seconds lie between the first and the sixth.
    expect(clock.monotonic()).toBeGreaterThanOrEqual(31_000)
    abort.abort(new Error('given up'))
    await expect(waiting).rejects.toThrow('given up')
  })

  it('gives the slot back when the login began to fail while it waited for it', async () => {
    const { backend, transport, slots, server } = await issuer((_, response) => sendJson(response, 200, []))
    transport.credential.accept(transport)
    let first = true
    slots.duringAcquire = () => {
      if (first) transport.credential.fail(transport, { kind: 'Unreachable', code: 'TimedOut', message: 'timed out' })
      first = false
    }
    const abort = new AbortController()
    const waiting = backend.turn({ signal: abort.signal })
    await new Promise((resolve) => setImmediate(resolve))
    expect(slots.held).toBe(0)
    abort.abort(new Error('given up'))
    await expect(waiting).rejects.toThrow('given up')
    expect(server.received).toHaveLength(0)
  })
})

describe('rule 4: an order', () => {
  it('is not sent while the login is seen failing, even within a turn', async () => {
    const { backend, transport, server, submission } = await issuer((_, response) =>
      sendJson(response, 200, { sslId: 1 }),
    )
    transport.credential.accept(transport)
    const turn = await backend.turn({ signal: never })
    transport.credential.fail(transport, { kind: 'Unreachable', code: 'TimedOut', message: 'timed out' })
    expect(await backend.submit({ ...submission, turn })).toMatchObject({
      outcome: 'refused',
      refusal: { cause: 'busy', code: 'NotSent' },
    })
    expect(server.received).toHaveLength(0)
  })
})

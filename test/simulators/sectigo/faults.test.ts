// Spoiled calls: what the client sees, and what was done all the same.
import { Agent, request } from 'undici'
import { describe, expect, it } from 'vitest'
import { createFaults } from './faults.ts'
import { sharedSimulator } from './shared-simulator.ts'
import { API_USER, idOf } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

/** Bytes received before the client hangs up. */
async function fetchBytes(path: string, options: { signal?: AbortSignal; atMost?: number }): Promise<number> {
  const { signal, atMost = Number.POSITIVE_INFINITY } = options
  const agent = new Agent({ connect: { ca: simulator.caPem } })
  try {
    const url = `${simulator.url}${path}`
    const response = await request(url, { dispatcher: agent, headers: API_USER, signal: signal ?? null })
    let received = 0
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      received += chunk.length
      if (received >= atMost) break
    }
    return received
  } finally {
    await agent.destroy()
  }
}

const ENROLL = { method: 'POST', path: '/api/ssl/v1/enroll' }

it('cuts the connection before anything is done', async () => {
  await simulator.control.addFault({ match: ENROLL, times: 1, cut: 'before' })
  await expect(client.enrollSsl()).rejects.toThrow()
  expect(await simulator.control.orders()).toEqual([])
  expect((await client.enrollSsl()).status).toBe(200)
})

it('cuts the connection after the order was stored', async () => {
  await simulator.control.addFault({ match: ENROLL, times: 1, cut: 'afterStoring' })
  await expect(client.enrollSsl({ comments: 'marker' })).rejects.toThrow()
  expect(await simulator.control.orders()).toMatchObject([{ comments: 'marker', status: 'Issued' }])
  expect((await simulator.control.counters()).calls).toEqual({ 'POST /api/ssl/v1/enroll': { cut: 1 } })
})

it('lets an order be stored after one that was sent later', async () => {
  await simulator.control.addFault({ match: ENROLL, times: 1, cut: 'overtaken' })
  await expect(client.enrollSsl({ comments: 'first' })).rejects.toThrow()
  expect(await simulator.control.orders()).toEqual([])
  await client.enrollSsl({ comments: 'second' })
  expect(await simulator.control.orders()).toMatchObject([{ comments: 'second' }, { comments: 'first' }])
  await client.enrollSsl({ comments: 'third' })
  expect(await simulator.control.orders()).toHaveLength(3)
})

it('ends an answer in the middle', async () => {
  const id = idOf(await client.enrollSsl())
  await simulator.control.addFault({ match: { path: '/api/ssl/v1/collect/*' }, times: 1, cut: 'midAnswer' })
  await expect(client.call('GET', `/ssl/v1/collect/${id}?format=x509`)).rejects.toThrow()
  expect((await client.call('GET', `/ssl/v1/collect/${id}?format=x509`)).status).toBe(200)
})

it('answers instead of SCM, without doing anything', async () => {
  await simulator.control.addFault({
    match: ENROLL,
    times: 1,
    status: 502,
    body: '<html>Bad Gateway</html>',
    headers: { 'content-type': 'text/html' },
  })
  const reply = await client.enrollSsl()
  expect(reply.status).toBe(502)
  expect(reply.headers['content-type']).toBe('text/html')
  expect(reply.text).toBe('<html>Bad Gateway</html>')
  expect(await simulator.control.orders()).toEqual([])
})

it('answers instead of SCM after doing it', async () => {
  await simulator.control.addFault({ match: ENROLL, times: 1, status: 400, body: { code: -129 }, perform: true })
  expect((await client.enrollSsl()).json).toEqual({ code: -129 })
  expect(await simulator.control.orders()).toHaveLength(1)
})

it('adds headers to a true answer', async () => {
  await simulator.control.addFault({ match: {}, headers: { 'retry-after': '7' } })
  expect((await client.enrollSsl()).headers['retry-after']).toBe('7')
})

it('holds an answer back while the work is done, even when the client gives up', async () => {
  await simulator.control.addFault({ match: ENROLL, times: 1, delayMs: 60_000 })
  const gone = client.enrollSsl()
  gone.catch(() => {})
  await expect.poll(() => simulator.control.orders()).toHaveLength(1)
  await simulator.pause()
  await expect(gone).rejects.toThrow()
  await simulator.resume()
})

it('delays an answer', async () => {
  await simulator.control.addFault({ match: ENROLL, times: 1, delayMs: 50 })
  const start = performance.now()
  expect((await client.enrollSsl()).status).toBe(200)
  expect(performance.now() - start).toBeGreaterThanOrEqual(49)
})

describe('bodies', () => {
  const collect = async (): Promise<string> => `/ssl/v1/collect/${idOf(await client.enrollSsl())}?format=x509`

  it('can come in small pieces, whole in the end', async () => {
    const path = await collect()
    const whole = await client.call('GET', path)
    const pieces = Math.ceil(whole.bytes.length / 500)
    await simulator.control.addFault({ match: { path: '/api/ssl/v1/collect/*' }, trickle: { bytes: 500, everyMs: 20 } })
    const start = performance.now()
    expect((await client.call('GET', path)).text).toBe(whole.text)
    expect(performance.now() - start).toBeGreaterThanOrEqual((pieces - 1) * 19)
  })

  it('can trickle longer than a client waits', async () => {
    const path = await collect()
    await simulator.control.addFault({ match: {}, trickle: { bytes: 1, everyMs: 60_000 } })
    const signal = AbortSignal.timeout(200)
    await expect(fetchBytes(path, { signal })).rejects.toThrow(/abort|timeout/i)
    await simulator.control.clearFaults()
    expect((await client.call('GET', path)).status).toBe(200)
  })

  it('can be larger than anything, still readable', async () => {
    const path = await collect()
    await simulator.control.addFault({ match: {}, times: 2, oversized: 3_000_000 })
    const file = await client.call('GET', path)
    expect(file.bytes.length).toBe(3_000_000)
    expect(file.headers['content-length']).toBeUndefined()
    expect(file.text.trimEnd()).toMatch(/END CERTIFICATE-----$/)
    const list = await client.call('GET', '/ssl/v1')
    expect([list.bytes.length, list.json]).toMatchObject([3_000_000, [{}]])
  })

  it('can be endless, until the client hangs up', async () => {
    const path = await collect()
    await simulator.control.addFault({ match: {}, times: 1, oversized: 'endless' })
    const open = async (): Promise<number> => (await simulator.control.counters()).connections.open
    const before = await open()
    expect(await fetchBytes(path, { atMost: 5_000_000 })).toBeGreaterThanOrEqual(5_000_000)
    await expect.poll(open).toBe(before)
    expect((await client.call('GET', path)).status).toBe(200)
  })

  it('can be endless answers of a gateway too', async () => {
    await simulator.control.addFault({ match: {}, times: 1, status: 502, body: '<html>', oversized: 70_000 })
    const reply = await client.call('GET', '/ssl/v1')
    expect([reply.status, reply.bytes.length]).toEqual([502, 70_000])
  })

  it('cannot be spoiled in two ways at once', async () => {
    const both = { match: {}, oversized: 1, trickle: { bytes: 1, everyMs: 1 } }
    await expect(simulator.control.addFault(both)).rejects.toThrow(/exclude each other/)
  })
})

describe('rules', () => {
  it('match method and path, skip, count and run out', () => {
    const faults = createFaults()
    faults.add({ match: { method: 'get', path: '/api/*/v1/collect/*' }, skip: 1, times: 2, status: 500 })
    const taken = (method: string, path: string): boolean => faults.take(method, path) !== undefined
    expect(taken('POST', '/api/ssl/v1/collect/1')).toBe(false)
    expect(taken('GET', '/api/ssl/v1/1')).toBe(false)
    const collect = (): boolean => taken('GET', '/api/device/v1/collect/1')
    expect([collect(), collect(), collect(), collect()]).toEqual([false, true, true, false])
    expect(faults.list()).toMatchObject([{ applied: 2 }])
    faults.clear()
    expect(faults.list()).toEqual([])
  })

  it('cannot both cut and answer', async () => {
    await expect(simulator.control.addFault({ match: {}, status: 500, cut: 'before' })).rejects.toThrow(
      /exclude each other/,
    )
  })
})

describe('an outage', () => {
  it('refuses connections and keeps the orders', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.pause()
    await expect(client.call('GET', `/ssl/v1/${id}`)).rejects.toThrow()
    await simulator.resume()
    expect((await client.call('GET', `/ssl/v1/${id}`)).status).toBe(200)
  })
})

import { connect } from 'node:net'
import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { checksRoute, type HttpEndpoint, metricsRoute, type Route, startHttp } from './health.ts'
import { createMetrics } from './metrics.ts'

const open: HttpEndpoint[] = []

afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close()
})

async function start(routes: Record<string, Route>, address = '127.0.0.1:0'): Promise<string> {
  const endpoint = await startHttp({ address, routes })
  open.push(endpoint)
  return `http://${endpoint.address}`
}

async function get(url: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') {
  const { statusCode, headers, body } = await request(url, { method })
  return { status: statusCode, type: headers['content-type'], body: await body.text() }
}

describe('checksRoute', () => {
  it('is ok while no check complains, and asks anew each time', async () => {
    let problem: string | undefined
    const url = await start({ '/readyz': checksRoute({ caches: () => undefined, lifecycle: () => problem }) })
    expect(await get(`${url}/readyz`)).toEqual({ status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' })
    problem = 'draining'
    expect(await get(`${url}/readyz?verbose`)).toMatchObject({ status: 503, body: 'lifecycle: draining\n' })
  })

  it('names every failed check, one that throws included, without its words', async () => {
    const url = await start({
      '/healthz': checksRoute({
        leader: () => 'not renewed for 40 s',
        good: () => undefined,
        broken: () => {
          throw new Error('SECRET')
        },
      }),
    })
    expect(await get(`${url}/healthz`)).toMatchObject({
      status: 503,
      body: 'leader: not renewed for 40 s\nbroken: the check itself failed\n',
    })
  })
})

describe('startHttp', () => {
  it('serves metrics in the text format', async () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'orders_total', help: 'Orders.' }).inc()
    const url = await start({ '/metrics': metricsRoute(metrics) })
    const page = await get(`${url}/metrics`)
    expect(page).toMatchObject({ status: 200, type: metrics.contentType })
    expect(page.body).toContain('certwright_orders_total 1\n')
  })

  it('answers HEAD without a body, other methods with 405, other paths with 404', async () => {
    const url = await start({ '/healthz': checksRoute({}) })
    expect(await get(`${url}/healthz`, 'HEAD')).toMatchObject({ status: 200, body: '' })
    expect(await get(`${url}/healthz`, 'POST')).toMatchObject({ status: 405 })
    for (const path of ['/', '/healthz/', '/constructor', '/__proto__']) {
      expect(await get(`${url}${path}`)).toMatchObject({ status: 404 })
    }
  })

  it('answers 500 without details when a route throws', async () => {
    const url = await start({ '/x': () => Promise.reject(new Error('SECRET')) })
    expect(await get(`${url}/x`)).toMatchObject({ status: 500, body: 'internal error\n' })
  })

  it('listens on IPv6', async () => {
    const url = await start({ '/healthz': checksRoute({}) }, '[::1]:0')
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect(await get(`${url}/healthz`)).toMatchObject({ status: 200 })
  })

  it('is off with address 0', async () => {
    const endpoint = await startHttp({ address: '0', routes: {} })
    expect(endpoint.address).toBeUndefined()
    await endpoint.close()
  })

  it('rejects when the port is taken', async () => {
    const url = await start({})
    await expect(startHttp({ address: new URL(url).host, routes: {} })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('closes although a client keeps its connection open', async () => {
    const endpoint = await startHttp({ address: '127.0.0.1:0', routes: {} })
    const { hostname, port } = new URL(`http://${endpoint.address}`)
    const socket = connect(Number(port), hostname)
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('connect', resolve))
    await endpoint.close()
    await endpoint.close()
    await ended
  })
})

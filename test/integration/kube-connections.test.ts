// How many connections the client makes to the real API server, of which kind, and past which proxy.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { isNotFound } from '../../src/kube/errors.ts'
import { run } from '../cluster/run.ts'
import { CONFIG_MAPS } from '../support/config-maps.ts'
import { NAMESPACES } from '../support/own-namespace.ts'
import { root } from '../tools/root.ts'

const userAgent = 'certwright/test'
const CALLS = 10_000
const AT_ONCE = 50
const WATCHES = 5
/** DESIGN 9: and one more for each watch. */
const MOST_CONNECTIONS = 20

it('makes 10,000 calls over at most 20 connections and one for each watch, all HTTP/1.1', {
  timeout: 300_000,
}, async () => {
  const versions: unknown[] = []
  const count = (message: unknown): void => {
    versions.push((message as { connectParams: { version?: string } }).connectParams.version)
  }
  subscribe('undici:client:connected', count)
  const connection = await loadKubeConnection({ kubeconfig: inject('kubeconfig') })
  const client = new KubeClient({ connection, userAgent })
  const { resourceVersion } = await client.list(CONFIG_MAPS, { namespace: 'default' })
  const end = new AbortController()
  const watches = Array.from({ length: WATCHES }, () =>
    client
      .watch(CONFIG_MAPS, { namespace: 'default', resourceVersion, timeoutSeconds: 300, signal: end.signal })
      .next(),
  )
  let calls = 0
  let notFound = 0
  const worker = async (): Promise<void> => {
    while (calls < CALLS) {
      // Answers that are errors must not cost a connection either.
      const name = calls++ % 10 === 0 ? 'no-such-namespace' : 'default'
      await client.get(NAMESPACES, { name }, { signal: end.signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
        notFound++
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  end.abort()
  await Promise.allSettled(watches)
  await connection.close()
  unsubscribe('undici:client:connected', count)
  expect([calls, notFound]).toEqual([CALLS, CALLS / 10])
  expect(versions.length).toBeLessThanOrEqual(MOST_CONNECTIONS + WATCHES)
  expect(new Set(versions)).toEqual(new Set(['h1']))
})

it('goes past every proxy of the environment', async () => {
  let contacts = 0
  const proxy = createServer((socket) => {
    contacts++
    socket.destroy()
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']
  // A process of its own: Node reads these when it starts.
  const script = `
    const { KubeClient } = await import(${JSON.stringify(join(root, 'src/kube/client.ts'))})
    const { loadKubeConnection } = await import(${JSON.stringify(join(root, 'src/kube/config.ts'))})
    const connection = await loadKubeConnection({ kubeconfig: process.env.TEST_CONFIG })
    const client = new KubeClient({ connection, userAgent: ${JSON.stringify(userAgent)} })
    const { metadata } = await client.get(${JSON.stringify(NAMESPACES)}, { name: 'default' })
    console.log(metadata.name)
    await connection.close()`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: {
      ...Object.fromEntries(names.map((name) => [name, url])),
      NODE_USE_ENV_PROXY: '1',
      TEST_CONFIG: inject('kubeconfig'),
    },
    timeoutMs: 120_000,
  })
  expect(stdout.trim()).toBe('default')
  expect(contacts).toBe(0)
  proxy.close()
})

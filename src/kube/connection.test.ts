import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { selfSigned } from '../../test/support/self-signed.ts'
import { loadKubeConnection } from './config.ts'
import { type Credentials, createConnection, type KubeConnection } from './connection.ts'

const MINUTE = 60_000
const connections: KubeConnection[] = []

afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close()
})

function connect(...readings: readonly (Credentials | Error)[]) {
  let now = 0
  let reads = 0
  const [first] = readings
  if (first === undefined || first instanceof Error) throw new Error('begin with credentials')
  const connection = createConnection({
    server: new URL('https://127.0.0.1:1'),
    namespace: 'ns',
    credentials: first,
    monotonic: () => now,
    readCredentials: async () => {
      const reading = readings[++reads] ?? first
      if (reading instanceof Error) throw reading
      return reading
    },
  })
  connections.push(connection)
  return { connection, pass: (ms: number) => (now += ms), reads: () => reads }
}

const token = (value: string, ca?: string): Credentials => ({
  headers: { authorization: value },
  tls: ca === undefined ? {} : { ca },
})

describe('a connection', () => {
  let ca: string
  let otherCa: string

  beforeEach(async () => {
    ca = (await selfSigned('one')).cert
    otherCa = (await selfSigned('other')).cert
  })

  it('reads credentials again after a minute, once for all who ask', async () => {
    const { connection, pass, reads } = connect(token('a'), token('b'))
    pass(MINUTE - 1)
    expect(await connection.headers()).toEqual({ authorization: 'a' })
    expect(reads()).toBe(0)
    pass(1)
    const [one, two] = await Promise.all([connection.headers(), connection.headers(), connection.dispatcher()])
    expect([one, two]).toEqual([{ authorization: 'b' }, { authorization: 'b' }])
    expect(reads()).toBe(1)
  })

  it('keeps what it has when they cannot be read, and tries again a minute later', async () => {
    const { connection, pass } = connect(token('a'), new Error('half written'), token('c'))
    pass(MINUTE)
    expect(await connection.headers()).toEqual({ authorization: 'a' })
    pass(MINUTE)
    expect(await connection.headers()).toEqual({ authorization: 'c' })
  })

  it('keeps its pools when only the token changes', async () => {
    const { connection, pass } = connect(token('a', ca), token('b', ca))
    const before = [await connection.dispatcher(), await connection.watchDispatcher()]
    pass(MINUTE)
    expect([await connection.dispatcher(), await connection.watchDispatcher()]).toEqual(before)
    expect(before[0]).not.toBe(before[1])
  })

  it('takes new pools when the CA or the client certificate changes', async () => {
    const { connection, pass } = connect(token('a', ca), token('a', otherCa))
    const before = [await connection.dispatcher(), await connection.watchDispatcher()]
    pass(MINUTE)
    const after = [await connection.dispatcher(), await connection.watchDispatcher()]
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).not.toBe(before[1])
  })

  it('follows a CA file that is replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kube-ca-'))
    await writeFile(join(folder, 'ca.crt'), ca)
    const path = join(folder, 'config')
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority': 'ca.crt' } }],
      users: [{ name: 'c', user: { token: 't' } }],
    }
    await writeFile(path, JSON.stringify(config))
    let now = 0
    const connection = await loadKubeConnection({ kubeconfig: path, monotonic: () => now })
    connections.push(connection)
    const before = await connection.dispatcher()
    now += MINUTE
    expect(await connection.dispatcher()).toBe(before)
    await writeFile(join(folder, 'ca.crt'), otherCa)
    now += MINUTE
    expect(await connection.dispatcher()).not.toBe(before)
    await rm(folder, { recursive: true })
  })
})

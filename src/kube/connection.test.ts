import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { selfSigned } from '../../test/support/self-signed.ts'
import { loadKubeConnection } from './config.ts'
import { createConnection, type KubeConnection } from './connection.ts'
import type { Credentials } from './credentials.ts'

const MINUTE = 60_000
const connections: KubeConnection[] = []

afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close()
})

function connect(...readings: readonly (Credentials | Error)[]) {
  let now = 0
  const reads: { readonly renew: boolean }[] = []
  const problems: string[] = []
  const [first] = readings
  if (first === undefined || first instanceof Error) throw new Error('begin with credentials')
  const connection = createConnection({
    server: new URL('https://127.0.0.1:1'),
    namespace: 'ns',
    credentials: first,
    monotonic: () => now,
    readCredentials: async (options) => {
      const reading = readings[reads.push(options)] ?? first
      if (reading instanceof Error) throw reading
      return reading
    },
    onProblem: (error) => problems.push(String(error)),
  })
  connections.push(connection)
  return { connection, pass: (ms: number) => (now += ms), reads, problems }
}

const token = (value: string, ca?: string): Credentials => ({
  headers: { authorization: value },
  tls: ca === undefined ? {} : { ca },
})

let ca: string
let otherCa: string

beforeAll(async () => {
  ca = (await selfSigned('one')).cert
  otherCa = (await selfSigned('other')).cert
})

describe('credentials', () => {
  it('are read again after a minute, once for all who ask', async () => {
    const { connection, pass, reads } = connect(token('a'), token('b'))
    pass(MINUTE - 1)
    expect(await connection.session()).toMatchObject({ headers: { authorization: 'a' } })
    expect(reads).toEqual([])
    pass(1)
    const [one, two] = await Promise.all([connection.session(), connection.session(), connection.session()])
    expect(one).toMatchObject({ headers: { authorization: 'b' } })
    expect(two).toBe(one)
    expect(reads).toEqual([{ renew: false }])
  })

  it('are read earlier when they expire earlier, but not at every call', async () => {
    const expired = { ...token('a'), renewAt: Date.now() - 1 }
    const { connection, pass, reads } = connect(expired, { ...token('b'), renewAt: Date.now() + 40_000 })
    await connection.session()
    expect(reads).toHaveLength(0)
    pass(1_000)
    await connection.session()
    expect(reads).toHaveLength(1)
    pass(20_000)
    await connection.session()
    expect(reads).toHaveLength(1)
    pass(20_000)
    await connection.session()
    expect(reads).toHaveLength(2)
  })

  it('stay what they were when they cannot be read, which is told once for each reason', async () => {
    const half = new Error('half written')
    const { connection, pass, problems } = connect(token('a'), half, half, new Error('gone'), token('b'), half)
    const seen: unknown[] = []
    for (let tries = 0; tries < 6; tries++) {
      pass(MINUTE)
      seen.push((await connection.session()).headers['authorization'])
    }
    expect(seen).toEqual(['a', 'a', 'a', 'b', 'b', 'a'])
    expect(problems).toEqual(['Error: half written', 'Error: gone', 'Error: half written'])
  })

  it('that could not be read are tried again soon', async () => {
    const { connection, pass } = connect(token('a'), new Error('half written'), token('b'))
    pass(MINUTE)
    await connection.session()
    pass(10_000)
    expect(await connection.session()).toMatchObject({ headers: { authorization: 'b' } })
  })

  it('are read at once when they are refused, once for all who were', async () => {
    const { connection, reads } = connect(token('a'), token('b'))
    const refused = await connection.session()
    expect(await Promise.all([connection.renew(refused), connection.renew(refused)])).toEqual([true, true])
    expect(await connection.renew(refused)).toBe(true)
    expect(await connection.session()).toMatchObject({ headers: { authorization: 'b' } })
    expect(reads).toEqual([{ renew: true }])
  })

  it('are read for a refusal even if they were being read anyway', async () => {
    const { connection, pass, reads } = connect(token('a'), token('a'), token('b'))
    const refused = await connection.session()
    pass(MINUTE)
    expect(await Promise.all([connection.session(), connection.renew(refused)])).toEqual([refused, true])
    expect(reads).toEqual([{ renew: false }, { renew: true }])
  })

  it('that are still the same, or cannot be read, are no news, nor asked for without end', async () => {
    const { connection, pass, reads } = connect(token('a'), token('a'), new Error('gone'), token('b'))
    const refused = await connection.session()
    expect(await Promise.all([connection.renew(refused), connection.renew(refused)])).toEqual([false, false])
    pass(9_999)
    expect(await connection.renew(refused)).toBe(false)
    expect(reads).toHaveLength(1)
    pass(1)
    expect(await connection.renew(refused)).toBe(false)
    expect(reads).toHaveLength(2)
    pass(10_000)
    expect(await connection.renew(refused)).toBe(true)
  })
})

describe('the pools of a connection', () => {
  it('stay when only the token changes', async () => {
    const { connection, pass } = connect(token('a', ca), token('b', ca))
    const before = await connection.session()
    pass(MINUTE)
    const after = await connection.session()
    expect(after.headers).not.toEqual(before.headers)
    expect([after.calls, after.watches]).toEqual([before.calls, before.watches])
    expect(after.calls).not.toBe(after.watches)
  })

  it('are others when the CA or the client certificate changes', async () => {
    const { connection, pass } = connect(token('a', ca), token('a', otherCa))
    const before = await connection.session()
    pass(MINUTE)
    const after = await connection.session()
    expect(after.calls).not.toBe(before.calls)
    expect(after.watches).not.toBe(before.watches)
  })

  it('follow a CA file that is replaced', async () => {
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
    const before = await connection.session()
    now += MINUTE
    expect(await connection.session()).toBe(before)
    await writeFile(join(folder, 'ca.crt'), otherCa)
    now += MINUTE
    expect((await connection.session()).calls).not.toBe(before.calls)
    await rm(folder, { recursive: true })
  })
})

// Starts etcd on loopback, and reaches into it as nobody does who uses Kubernetes: to throw its history away.
import { join } from 'node:path'
import { z } from 'zod'
import { statusOf } from './http-probe.ts'
import type { ProgramGroup } from './program-group.ts'
import { type ServerProgram, startOnFreePort, startOnPort } from './start-on-free-port.ts'

export interface EtcdOptions {
  readonly group: ProgramGroup
  readonly binaries: string
  readonly folder: string
  readonly signal?: AbortSignal | undefined
}

export interface Etcd {
  readonly port: number
  /** A call of its JSON gateway, such as `kv/range`; keys and values are base64. @throws when it is refused */
  ask(method: string, question: object): Promise<unknown>
  /** Forgets every revision before the present one, as the API server asks it to every five minutes. */
  compact(): Promise<void>
  /** Ends it in order, lets `between` have the folder of its files, and starts it again on its ports. */
  restart(between: (files: string) => Promise<void>): Promise<void>
}

/** Seconds on an idle machine; minutes are left for one that also compiles. */
const START_MS = 120_000

/** How etcd's JSON gateway says a revision, being 64 bits long. */
const Header = z.object({ header: z.object({ revision: z.string() }) })

/** Returns when etcd serves. */
export async function startEtcd({ group, binaries, folder, signal }: EtcdOptions): Promise<Etcd> {
  const filesOf = (port: number): string => join(folder, `etcd-${port}`)
  let peer = 0
  const describe = (port: number, peerPort: number): ServerProgram => {
    peer = peerPort
    const url = `http://127.0.0.1:${port}`
    const peerUrl = `http://127.0.0.1:${peerPort}`
    return {
      name: 'etcd',
      command: join(binaries, 'etcd'),
      args: [
        ...['--name=test', `--data-dir=${filesOf(port)}`, '--unsafe-no-fsync'],
        ...[`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
        ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
        `--initial-cluster=test=${peerUrl}`,
      ],
      // Its log, since what answers on the port might be the etcd of another run that took it first.
      ready: async (etcd) =>
        etcd.log().includes('ready to serve client requests') && (await statusOf(`${url}/health`)) === 200,
      timeoutMs: START_MS,
    }
  }
  let { port, program } = await startOnFreePort({ group, signal }, describe)
  const ask = async (method: string, question: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/v3/${method}`, {
      method: 'POST',
      body: JSON.stringify(question),
    })
    if (!answer.ok) throw new Error(`etcd answers ${answer.status} to ${method}: ${await answer.text()}`)
    return answer.json()
  }
  return {
    port,
    ask,
    async compact() {
      // Any read tells the present revision, also one of a key that is not there.
      const { header } = Header.parse(await ask('kv/range', { key: Buffer.from('none').toString('base64') }))
      await ask('kv/compaction', { revision: header.revision })
    },
    async restart(between) {
      program.signal('SIGTERM')
      await program.exitCode
      await between(filesOf(port))
      program = await startOnPort({ group, signal }, describe(port, peer))
    },
  }
}

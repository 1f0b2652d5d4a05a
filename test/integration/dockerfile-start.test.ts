// The image's start command, run as the image would run it: in a file system made by the Dockerfile's own commands, as
// user 65532, with nothing to write to. No container engine is needed.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { usage } from '../../src/flags.ts'
import { stage } from '../chart/dockerfile.ts'
import { buildImageRoot, type Command, type ImageRoot } from '../chart/image-root.ts'
import { freePort } from '../cluster/ports.ts'
import { run } from '../cluster/run.ts'
import { GiveUp, waitUntil } from '../cluster/wait-until.ts'
import { useCluster } from '../support/cluster.ts'

const ROOT = new URL('../../', import.meta.url)
const NODE = '/usr/local/bin/node'
/** The bar is 2 s on a quiet machine; the other tests run on this one too. */
const READY_WITHIN_MS = 20_000
/** With nothing in flight there is nothing to drain. */
const STOPPED_WITHIN_MS = 10_000

/** Prints who it is and each path that it may write to, as JSON. */
const LOOK_AROUND = `
  const { accessSync, constants, readdirSync } = require('node:fs')
  const writable = (path) => { try { accessSync(path, constants.W_OK); return true } catch { return false } }
  const paths = ['/', ...readdirSync('/', { recursive: true }).map((path) => '/' + path)]
  const who = [process.getuid(), process.getgid(), process.getgroups().filter((group) => group !== process.getgid())]
  console.log(JSON.stringify({ who, paths: paths.length, writable: paths.filter(writable) }))`

const { kubectl } = useCluster()
let image: ImageRoot

beforeAll(async () => {
  image = await buildImageRoot()
})

afterAll(async () => {
  if (image !== undefined) await rm(image.folder, { recursive: true, force: true })
})

function entryPoint(...args: string[]): Command {
  const [program = '', ...own] = stage().words('ENTRYPOINT')
  return [program, ...own, ...args]
}

/** As little of an environment as a container has. */
const env = { PATH: process.env['PATH'] }

function inImage(command: Command): Promise<{ stdout: string; stderr: string }> {
  const [program, ...args] = image.confined(command)
  return run(program, args, { env })
}

describe('the image', () => {
  it('is entered as user 65532, who can write nowhere', async () => {
    const { stdout } = await inImage([NODE, '--eval', LOOK_AROUND])
    const { paths, ...seen } = JSON.parse(stdout)
    expect(seen).toEqual({ who: [65532, 65532, []], writable: [] })
    expect(paths).toBeGreaterThan(10)
  })

  it('knows the Debian packages that its libraries are from', async () => {
    const packages = `console.log(require('node:fs').readdirSync('/var/lib/dpkg/status.d').join())`
    expect((await inImage([NODE, '--eval', packages])).stdout.trim()).toBe('libc6,libgcc-s1,libstdc++6')
  })
})

describe('the start command', () => {
  it('prints the version of the project', async () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
    expect((await inImage(entryPoint('--version'))).stdout.trim().split(' ').at(-1)).toBe(version)
  })

  it('prints its flags', async () => {
    expect((await inImage(entryPoint('--help'))).stdout.trim()).toBe(usage().trim())
  })

  it('refuses an unknown flag in one line, with exit code 2', async () => {
    const refused = inImage(entryPoint('--no-such-flag'))
    await expect(refused).rejects.toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^.*--no-such-flag.*\n$/),
    })
  })

  it('becomes ready against the API server, and ends well on SIGTERM', async () => {
    const namespace = `start-${randomUUID().slice(0, 8)}`
    await standInLeader(namespace)
    const health = `127.0.0.1:${await freePort()}`
    const { stdout: kubeconfig } = await kubectl(['config', 'view', '--raw', '--minify', '--flatten'])
    await image.add('/etc/certwright/kubeconfig', kubeconfig)
    const operator = start(
      entryPoint(
        '--kubeconfig=/etc/certwright/kubeconfig',
        `--cluster-resource-namespace=${namespace}`,
        `--leader-election-namespace=${namespace}`,
        `--health-address=${health}`,
        '--metrics-address=0',
      ),
    )
    try {
      await waitUntil(
        async () => {
          operator.stillRuns()
          return (await fetch(`http://${health}/readyz`)).ok
        },
        { what: '/readyz to say yes', timeoutMs: READY_WITHIN_MS },
      ).catch((cause) => {
        throw new Error(`the operator did not become ready:\n${operator.output()}`, { cause })
      })
      operator.child.kill('SIGTERM')
      const [exitCode] = await once(operator.child, 'exit', { signal: AbortSignal.timeout(STOPPED_WITHIN_MS) })
      expect(exitCode, operator.output()).toBe(0)
    } finally {
      operator.child.kill('SIGKILL')
      await kubectl(['delete', 'namespace', namespace, '--wait=false'])
    }
  }, 60_000)
})

interface Started {
  readonly child: ChildProcess
  output(): string
  /** Throws with the output when it has ended. */
  stillRuns(): void
}

function start(command: Command): Started {
  const [program, ...args] = image.confined(command)
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return {
    child,
    output: () => output,
    stillRuns: () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new GiveUp(`it ended by itself:\n${output}`)
    },
  }
}

/** Other tests use this cluster: a Lease that somebody else holds keeps this operator a follower, which acts on nothing. */
async function standInLeader(namespace: string): Promise<void> {
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', fileURLToPath(new URL('crds', ROOT))])
  await kubectl(['create', 'namespace', namespace])
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'certwright', namespace },
    spec: { holderIdentity: 'somebody-else', leaseDurationSeconds: 3600 },
  }
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(lease) })
}

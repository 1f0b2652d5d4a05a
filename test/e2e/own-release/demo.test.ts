// The first thing that anybody runs: it must succeed, say what it promised, and leave nothing behind. Two at a time, because
// they must not disturb each other either.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { run } from '../../cluster/run.ts'
import { GiveUp, waitUntil } from '../../cluster/wait-until.ts'
import { root } from '../../tools/root.ts'

/** Seventeen seconds on an idle machine, for one. */
const DEMO_MS = 170_000
/** What was killed may take a moment to be gone, and a loaded machine some more. */
const GONE_MS = 30_000

interface Demo {
  readonly child: ChildProcess
  /** All it has written so far. */
  output(): string
  readonly exitCode: Promise<number | null>
  /** Where it keeps what it needs while it runs. */
  readonly folder: string
}

const demos: Demo[] = []

async function startDemo(args: readonly string[] = []): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'certwright-demo-'))
  // A cluster of its own, by the same provider as this run's, unless that one is a cluster that somebody lent.
  const { TEST_KUBECONFIG, TEST_AUDIT_LOG, ...env } = process.env
  const child = spawn(process.execPath, [join(root, 'test', 'demo', 'demo.ts'), ...args], {
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const exitCode = once(child, 'close').then(([code]) => code as number | null)
  const demo = { child, output: () => output, exitCode, folder }
  demos.push(demo)
  return demo
}

/** The programs that still run with something of the folder in their command line. */
async function programsOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(folder)).map((line) => line.replaceAll('\0', ' '))
}

async function nothingIsLeft({ folder }: Demo): Promise<void> {
  let left: string[] = []
  const gone = async (): Promise<boolean> => {
    left = [...(await readdir(folder)), ...(await programsOf(folder))]
    return left.length === 0
  }
  await waitUntil(gone, { what: 'everything to be gone', timeoutMs: GONE_MS }).catch((error: unknown) => {
    throw new Error(`left behind: ${left.join('; ')}`, { cause: error })
  })
}

describe.concurrent('npm run demo', { timeout: DEMO_MS + 2 * GONE_MS }, () => {
  let plain: Demo
  let kept: Demo
  beforeAll(async () => {
    plain = await startDemo()
    kept = await startDemo(['--keep'])
  })
  afterAll(async () => {
    for (const { child, exitCode, folder } of demos) {
      child.kill('SIGTERM')
      await exitCode
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('shows certificates become Ready and openssl accept them, then stops everything', async ({ expect }) => {
    const code = await plain.exitCode
    const output = plain.output()
    expect(code, output).toBe(0)
    for (const line of [
      /^ +\$ helm install certwright charts\/certwright /m,
      /^ +STATUS: deployed$/m,
      /^ +shop +sectigoissuer.certwright.dev\/public-ov +True +Checked /m,
      /^ +sectigoclusterissuer.certwright.dev\/devices +True +Checked /m,
      /^ +\$ kubectl apply -f certificates.yaml$/m,
      /^ +factory +cr-\S+ +Issued +Issued +\d+ +sensor-1 +devices +True /m,
      /^ +shop +web +True +web-tls /m,
      /^ +shop\/web +public-ov +[\d.]+ (min \d+ )?s +RSA 2048 +\d{4}-\d\d-\d\d +OK +shop.example.com$/m,
      /^ +shop\/api +public-ov +[\d.]+ (min \d+ )?s +EC P-256 +\S+ +OK +api.example.com, api-v2.example.com, status.example.com$/m,
      /^ +factory\/sensor +devices +[\d.]+ (min \d+ )?s +EC P-384 +\S+ +OK /m,
      /^ +4 certificates Ready and verified; SCM has \d orders: one for each request\.$/m,
      /^ +Nothing is left running\. /m,
    ])
      expect(output).toMatch(line)
    await nothingIsLeft(plain)
  })

  it('with --keep can be used from another terminal until Ctrl-C', async ({ expect }) => {
    const usage = await waitUntil(
      async () => {
        if (kept.child.exitCode !== null) throw new GiveUp(kept.output())
        return /export KUBECONFIG=.*/.exec(kept.output())?.[0]
      },
      { what: 'the demo to keep running', timeoutMs: DEMO_MS },
    )
    const { stdout } = await run('bash', ['-euc', `${usage}; kubectl get certificates -A`])
    expect(stdout).toMatch(/^factory +gateway +True /m)
    kept.child.kill('SIGINT')
    expect(await kept.exitCode, kept.output()).toBe(0)
    await nothingIsLeft(kept)
  })
})

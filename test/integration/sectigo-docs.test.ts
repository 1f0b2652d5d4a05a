// The commands of docs/sectigo.md: `npm run simulator` as the page starts it, and each block after it in a shell of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { run } from '../cluster/run.ts'
import { sectigoDoc } from '../docs/refusal-table.ts'
import { codeBlocks } from '../support/readme.ts'
import { root } from '../tools/root.ts'

/** Blocks that come before the others: start the simulator, take its values, fill in the rest. */
const BEFORE = ['simulator', 'env', 'values']
/** Each block by its name, and a piece of what it must print. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  organizations: /"name":\s*"Acme Ltd"/,
  checkboxes: /"sslCertsApiEnabled":\s*true/,
  profiles: /"OV SSL 199".*"Private CA".*"Private S\/MIME"/s,
  'custom-fields': /"cost-centre".*"cost-centre".*"cost-centre"/s,
  password: /"expirationDate":\s*"2099-12-31"/,
  'client-certificate': /"OV SSL 199"/,
  oauth2: /"OV SSL 199"/,
  report: /"statusCode":\s*0/,
}
/** The page's folder; tests that run at the same time need one each. */
const FOLDER = '/tmp/scm'

const blocks = codeBlocks(sectigoDoc()).filter(({ language }) => language === 'sh')
const codeOf = (name: string): string => blocks.find((block) => block.name === name)?.code.trim() ?? ''

let parent: string
let simulator: ChildProcess
let pid: number

const inFolder = (code: string): string => {
  if (!code.includes(FOLDER)) throw new Error(`the page names no folder ${FOLDER}: ${code}`)
  return code.replaceAll(FOLDER, join(parent, 'scm'))
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'certwright-docs-'))
  simulator = spawn('bash', ['-c', `${inFolder(codeOf('simulator'))} --port 0 --json`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  pid = await pidOf(simulator)
})

afterAll(async () => {
  const exited = once(simulator, 'exit')
  process.kill(pid, 'SIGTERM')
  await exited
  await rm(parent, { recursive: true })
})

/** npm prints lines of its own before. */
async function pidOf({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new TypeError('its output is not a pipe')
  for await (const line of createInterface(stdout)) {
    if (line.startsWith('{')) return z.object({ pid: z.number() }).parse(JSON.parse(line)).pid
  }
  throw new Error('the simulator ended before it said that it runs')
}

describe('docs/sectigo.md', () => {
  it('has no command that is not run here', () => {
    expect(blocks.map(({ name }) => name)).toEqual([...BEFORE, ...Object.keys(EXPECTED)])
  })

  it.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const script = [inFolder(codeOf('env')), codeOf('values'), codeOf(name)].join('\n')
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      env: { PATH: process.env['PATH'] },
      timeoutMs: 120_000,
    })
    expect(stdout).toMatch(expected)
  })
})

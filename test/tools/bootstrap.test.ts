// A fresh clone must come up by itself, and only by what its lock file says. npm is played by a script that "installs".
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RunError, run } from '../cluster/run.ts'
import { root } from './root.ts'

let clone: string
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'certwright-clone-'))
  await mkdir(join(clone, 'test', 'tools'), { recursive: true })
  for (const file of ['bootstrap.mjs', 'lock.mjs'])
    await cp(join(root, 'test/tools', file), join(clone, 'test/tools', file))
  await writeFile(join(clone, 'package-lock.json'), lockFile('1.0.0'))
  await writeFile(join(clone, 'npm-cli.js'), NPM)
  await writeFile(
    join(clone, 'entry.ts'),
    'const args: string[] = process.argv.slice(2)\nconsole.log(args.join())\nprocess.exit(7)',
  )
})
afterEach(() => rm(clone, { recursive: true, force: true }))

const lockFile = (version: string): string =>
  JSON.stringify({
    packages: { '': {}, 'node_modules/a': { version }, 'node_modules/other-os': { version, optional: true } },
  })

/** Notes how it was called and leaves npm's record of an installation, or fails when told to. */
const NPM = `
const fs = require('node:fs')
const settings = Object.keys(process.env).filter((name) => /^npm_/.test(name)).sort()
fs.appendFileSync('calls', JSON.stringify({ args: process.argv.slice(2), settings, mode: process.env.NODE_ENV }) + '\\n')
if (fs.existsSync('broken')) { console.error('no network'); process.exit(3) }
const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
delete lock.packages['']
delete lock.packages['node_modules/other-os']
fs.mkdirSync('node_modules', { recursive: true })
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify(lock))`

describe('bootstrap', () => {
  it('installs once, then only runs', async () => {
    for (let time = 0; time < 2; time++)
      expect(await bootstrap('a', 'b')).toMatchObject({ exitCode: 7, stdout: 'a,b\n' })
    expect(await calls()).toHaveLength(1)
  })

  it('installs again when the lock file has changed', async () => {
    await bootstrap()
    await writeFile(join(clone, 'package-lock.json'), lockFile('1.0.1'))
    await bootstrap()
    expect(await calls()).toHaveLength(2)
  })

  it('keeps the settings of an outer npm away from its own, but for the way to the registry', async () => {
    await bootstrap()
    const [call] = await calls()
    expect(call).toMatchObject({ settings: ['npm_config_cafile'], mode: '' })
    expect(call?.args.slice(0, 2)).toEqual(['ci', '--include=dev'])
  })

  it('installs once when started twice', async () => {
    const [first, second] = await Promise.all([bootstrap('one'), bootstrap('two')])
    expect([first.stdout, second.stdout]).toEqual(['one\n', 'two\n'])
    expect(await calls()).toHaveLength(1)
  })

  it('says why it cannot, and runs nothing', async () => {
    await writeFile(join(clone, 'broken'), '')
    const { exitCode, stdout, stderr } = await bootstrap()
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/npm ci failed \(3\); its output is in .*\n.*no network/s)
  })
})

/** The entry ends with 7, so a run that reaches it is told from one that does not. */
async function bootstrap(...args: readonly string[]): Promise<RunError> {
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    npm_execpath: join(clone, 'npm-cli.js'),
    // The log of a failed installation is kept.
    TMPDIR: clone,
    npm_config_omit: 'dev',
    npm_config_global: 'true',
    npm_config_cafile: '/etc/ca.pem',
  }
  try {
    await run(process.execPath, [join(clone, 'test/tools/bootstrap.mjs'), 'entry.ts', ...args], { cwd: clone, env })
  } catch (error) {
    if (error instanceof RunError) return error
    throw error
  }
  throw new Error('the entry did not run to its end')
}

async function calls(): Promise<{ readonly args: readonly string[]; readonly settings: readonly string[] }[]> {
  return (await readFile(join(clone, 'calls'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

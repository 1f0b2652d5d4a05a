import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KubeConfigError } from './config-error.ts'
import { ExecPlugin, type ExecSpec } from './exec-plugin.ts'
import { readKubeconfigs } from './kubeconfig-file.ts'

const apiVersion = 'client.authentication.k8s.io/v1'
const cluster = { server: 'https://127.0.0.1:6443' }
const credential = (status: object) => JSON.stringify({ apiVersion, kind: 'ExecCredential', status })

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugin-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** A plugin that is one line of shell, with `$0` the folder; every run leaves a line in the file `runs`. */
function plugin(line: string, options: { now?: () => number; timeoutMs?: number; spec?: Partial<ExecSpec> } = {}) {
  const spec = { apiVersion, command: 'sh', args: ['-c', `echo >> "$0/runs"; ${line}`, folder], ...options.spec }
  const one = new ExecPlugin({ ...options, spec })
  return {
    ask: (renew = false) => one.credential({ renew, cluster }),
    runs: async () => (await readFile(join(folder, 'runs'), 'utf8')).length,
  }
}

const printing = (status: object) => `printf '%s' '${credential(status)}'`

describe('a credential plugin', () => {
  it('is run once while its credential lasts, and again shortly before it expires', async () => {
    let now = Date.parse('2030-01-01T00:00:00Z')
    const { ask, runs } = plugin(printing({ token: 't', expirationTimestamp: '2030-01-01T00:10:00Z' }), {
      now: () => now,
    })
    expect(await ask()).toEqual({ token: 't', renewAt: Date.parse('2030-01-01T00:09:50Z') })
    now = Date.parse('2030-01-01T00:09:49Z')
    await ask()
    expect(await runs()).toBe(1)
    now = Date.parse('2030-01-01T00:09:50Z')
    await ask()
    expect(await runs()).toBe(2)
  })

  it('whose credential never expires is run again when that was refused, and only then', async () => {
    const { ask, runs } = plugin(printing({ token: 't' }))
    await ask()
    await ask()
    expect(await runs()).toBe(1)
    await ask(true)
    expect(await runs()).toBe(2)
  })

  it('is told what it is run for, in its environment', async () => {
    const told = `{ printf '%s|%s' "$MY_OWN" "$KUBERNETES_EXEC_INFO" > "$0/told"; ${printing({ token: 't' })}; }`
    const spec = { env: [{ name: 'MY_OWN', value: 'x' }], provideClusterInfo: true }
    await plugin(told, { spec }).ask()
    const [own, info] = (await readFile(join(folder, 'told'), 'utf8')).split('|')
    expect(own).toBe('x')
    expect(JSON.parse(info ?? '')).toEqual({
      apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, cluster },
    })
  })

  it('waits for nobody to type something', async () => {
    expect(await plugin(`cat; ${printing({ token: 't' })}`).ask()).toEqual({ token: 't' })
  })

  it('may stand beside the kubeconfig', async () => {
    await writeFile(join(folder, 'plugin'), `#!/bin/sh\n${printing({ token: 't' })}\n`)
    await chmod(join(folder, 'plugin'), 0o700)
    await writeFile(
      join(folder, 'config'),
      JSON.stringify({ users: [{ name: 'u', user: { exec: { apiVersion, command: './plugin' } } }] }),
    )
    const spec = readKubeconfigs([join(folder, 'config')]).getUser('u')?.exec as ExecSpec
    expect(await new ExecPlugin({ spec }).credential({ renew: false, cluster })).toEqual({ token: 't' })
  })

  it('that failed is run again, and may do better', async () => {
    const { ask } = plugin(`test "$(wc -c < "$0/runs")" -gt 1 || { echo nonsense; exit; }; ${printing({ token: 't' })}`)
    await expect(ask()).rejects.toThrow('wrote no ExecCredential')
    expect(await ask()).toEqual({ token: 't' })
  })

  it.each<[string, string, string]>([
    ['fails', 'echo canary >&2; echo canary; exit 3', 'sh gave no credential (exit code 3)'],
    ['hangs', 'sleep 600', 'gave no credential (none within 200 ms)'],
    ['is killed', 'kill -9 $$', 'gave no credential'],
    ['floods', 'yes canary', 'gave no credential (ERR_CHILD_PROCESS_STDIO_MAXBUFFER)'],
    ['says nothing', ':', 'wrote no ExecCredential'],
    ['talks', 'echo canary', 'wrote no ExecCredential'],
    ['writes null', 'echo null', 'wrote no ExecCredential'],
    ['writes something else', `echo '{"kind":"Pod"}'`, 'wrote no ExecCredential'],
    [
      'speaks another version',
      `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1alpha1"}'`,
      'of another apiVersion than exec names',
    ],
    ['gives nothing', `printf '%s' '${credential({})}'`, 'neither a token nor a client certificate'],
    [
      'gives half',
      `printf '%s' '${credential({ token: 't', clientCertificateData: 'canary' })}'`,
      'half of a client certificate and its key',
    ],
  ])('that %s is named, without its words', async (_what, line, problem) => {
    const timeoutMs = problem.includes('200 ms') ? 200 : 10_000
    const error = await plugin(line, { timeoutMs })
      .ask()
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KubeConfigError)
    expect(String(error)).toContain(problem)
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary')
  })

  it('that is not there is named', async () => {
    const { ask } = plugin('', { spec: { command: join(folder, 'gone') } })
    await expect(ask()).rejects.toThrow(`${join(folder, 'gone')} gave no credential (ENOENT)`)
  })
})

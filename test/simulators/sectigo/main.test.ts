// The command: its flags, what it prints, how it ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { root } from '../../tools/root.ts'
import { DEFAULT_CATALOGUE } from './catalogue-defaults.ts'
import { createControlClient } from './control-client.ts'
import { parseMainArgs } from './main-args.ts'
import { clientCertificateManifests, oauth2Manifests, passwordManifests } from './manifests.ts'

describe('flags', () => {
  it('have defaults', () => {
    expect(parseMainArgs([])).toEqual({ port: 8443, host: '127.0.0.1', issueDelayMs: 3000, json: false })
  })

  it.each([
    ['500ms', 500],
    ['2s', 2000],
    ['3m', 180_000],
  ])('read --issue-delay %s', (text, issueDelayMs) => {
    expect(parseMainArgs(['--issue-delay', text])).toMatchObject({ issueDelayMs })
  })

  it('read the rest', () => {
    expect(parseMainArgs(['--port', '0', '--host', 'host.test', '--folder', '/tmp/scm', '--json'])).toMatchObject({
      port: 0,
      host: 'host.test',
      folder: '/tmp/scm',
      json: true,
    })
    expect(parseMainArgs(['--help'])).toBe('help')
  })

  it.each([
    [['--port', '70000'], /--port/],
    [['--port', 'x'], /--port/],
    [['--issue-delay', '5'], /--issue-delay/],
    [['--prot', '1'], /--prot/],
  ])('refuse %j', (argv, message) => {
    expect(() => parseMainArgs(argv)).toThrow(message)
  })
})

describe('manifests', () => {
  const [account] = DEFAULT_CATALOGUE.accounts
  const [ssl, , device] = DEFAULT_CATALOGUE.profiles
  const connection = {
    url: 'https://host.test:1/api',
    privateUrl: 'https://host.test:1/private/api',
    tokenUrl: 'https://host.test:1/token',
    caPem: 'PEM\nPEM\n',
  }

  it('are a Secret and an issuer for each login', () => {
    if (!account || !ssl || !device) throw new Error('default catalogue changed')
    const read = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS())
    expect(read(passwordManifests({ ...connection, account, profile: ssl, orgId: 8928 }))).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'simulated-ssl-login' },
        stringData: { password: account.password },
      },
      {
        apiVersion: 'certwright.dev/v1alpha1',
        kind: 'SectigoIssuer',
        metadata: { name: 'simulated-ssl' },
        spec: {
          url: connection.url,
          auth: { password: { customerUri: 'acme', login: 'api-user', secretRef: { name: 'simulated-ssl-login' } } },
          orgId: 8928,
          ssl: { profile: { name: 'OV SSL 199' } },
          tls: { caBundle: connection.caPem },
        },
      },
    ])
    const [secret, issuer] = read(oauth2Manifests({ ...connection, account, profile: device, orgId: 8928 }))
    expect(secret).toMatchObject({ stringData: account.oauth2 })
    expect(issuer).toMatchObject({
      spec: {
        auth: { oauth2: { tokenUrl: connection.tokenUrl, secretRef: { name: 'simulated-device-client' } } },
        device: { profile: { name: 'Private CA' } },
      },
    })
    const certificate = { certificatePem: 'CERT\n', keyPem: 'KEY\n', serialNumber: '0A' }
    expect(
      read(clientCertificateManifests({ ...connection, account, profile: ssl, orgId: 8928 }, certificate)),
    ).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'simulated-ssl-certificate' },
        stringData: { 'tls.crt': 'CERT\n', 'tls.key': 'KEY\n' },
        type: 'kubernetes.io/tls',
      },
      {
        apiVersion: 'certwright.dev/v1alpha1',
        kind: 'SectigoIssuer',
        metadata: { name: 'simulated-ssl-certificate' },
        spec: {
          url: connection.privateUrl,
          auth: {
            clientCertificate: {
              customerUri: 'acme',
              login: 'api-user',
              secretRef: { name: 'simulated-ssl-certificate' },
            },
          },
          orgId: 8928,
          ssl: { profile: { name: 'OV SSL 199' } },
          tls: { caBundle: connection.caPem },
        },
      },
    ])
  })
})

const printed = z.object({
  origin: z.string(),
  url: z.string(),
  controlToken: z.string(),
  caPem: z.string(),
  folder: z.string(),
  files: z.array(z.string()),
})

/** Programs start slowly on a busy machine. */
const PROCESS_MS = 30_000

describe('the process', { timeout: PROCESS_MS }, () => {
  const script = 'test/simulators/sectigo/main.ts'

  it('prints one line of JSON, can be controlled, and takes its folder away at a Ctrl-C', async () => {
    // As npm starts it, in a process group of its own: a terminal tells all of a group.
    const bootstrap = [join(root, 'test', 'tools', 'bootstrap.mjs'), script]
    const child = spawn(process.execPath, [...bootstrap, '--port', '0', '--issue-delay', '1s', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    const group = -(child.pid ?? Number.NaN)
    const exited = once(child, 'exit')
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      const { origin, controlToken, caPem, folder, files } = printed.parse(JSON.parse(line))
      expect(await readdir(folder)).toEqual(files.toSorted())
      const control = createControlClient({ origin, token: controlToken, caPem })
      expect(await control.settings()).toMatchObject({ issueDelayMs: 1000 })
      await control.close()
      process.kill(group, 'SIGINT')
      expect(await exited).toEqual([0, null])
      await expect(access(folder)).rejects.toThrow()
    } finally {
      if (child.exitCode === null) process.kill(group, 'SIGKILL')
    }
  })

  it('says which files there are to try it with', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'sectigo-simulator-test-')), 'new')
    const child = spawn(process.execPath, [join(root, script), '--port', '0', '--folder', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      let text = ''
      for await (const line of createInterface(child.stdout)) {
        text += `${line}\n`
        if (line.startsWith('Ctrl-C')) break
      }
      expect(text).toContain(`cd ${folder} && . ./env\n`)
      for (const name of await readdir(folder)) expect(text).toContain(`\n  ${name} `)
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
      await rm(dirname(folder), { recursive: true })
    }
  })

  it('exits 2 with one line on wrong flags', async () => {
    const child = spawn(process.execPath, [join(root, script), '--port', 'x'], { stdio: ['ignore', 'ignore', 'pipe'] })
    const [[code], stderr] = await Promise.all([once(child, 'exit'), child.stderr.toArray()])
    expect(code).toBe(2)
    expect(Buffer.concat(stderr).toString()).toBe('--port must be a number from 0 to 65535\n')
  })
})

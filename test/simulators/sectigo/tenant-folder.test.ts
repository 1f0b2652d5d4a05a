// The folder of `npm run simulator`: what is in it, who may read it, and what it leaves alone.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { access, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { DEFAULT_CATALOGUE } from './catalogue-defaults.ts'
import { type Simulator, startSimulator } from './simulator.ts'
import { makeTenantFolder } from './tenant-folder.ts'

let simulator: Simulator
let parent: string

beforeAll(async () => {
  const [account, ...others] = DEFAULT_CATALOGUE.accounts
  if (account === undefined) throw new Error('the default catalogue has no account')
  const quoted = { ...account, password: `it's "$HOME" \`id\`` }
  simulator = await startSimulator({ catalogue: { accounts: [quoted, ...others] } })
  parent = await mkdtemp(join(tmpdir(), 'sectigo-simulator-test-'))
})

afterAll(async () => {
  await simulator.close()
  await rm(parent, { recursive: true })
})

it('has what each of the three ways in needs, for its owner only', async () => {
  await using folder = await makeTenantFolder(simulator)
  const { path } = folder
  for (const name of await readdir(path)) expect((await stat(join(path, name))).mode & 0o777, name).toBe(0o600)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  const exported = execFileSync('sh', ['-c', '. ./env && env'], { cwd: path, encoding: 'utf8', env: { HOME: '/' } })
  const variables = exported.split('\n').filter((line) => /^(SCM|CURL)_/.test(line))
  expect(variables.toSorted()).toEqual([
    `CURL_CA_BUNDLE=${join(path, 'ca.crt')}`,
    'SCM_CLIENT_ID=api-client',
    'SCM_CLIENT_SECRET=simulated-client-secret-1',
    'SCM_CUSTOMER=acme',
    'SCM_LOGIN=api-user',
    'SCM_ORG=8928',
    `SCM_PASSWORD=it's "$HOME" \`id\``,
    `SCM_TOKEN_URL=${simulator.tokenUrl}`,
    `SCM_URL=${simulator.url}`,
  ])
  const certificate = await readFile(join(path, 'tls.crt'), 'utf8')
  const { certificateSerialNumber } = (await simulator.control.catalogue()).accounts[0] ?? {}
  expect(new X509Certificate(certificate).serialNumber).toBe(certificateSerialNumber)
  for (const way of ['password', 'client-certificate', 'oauth2']) {
    const documents = parseAllDocuments(await readFile(join(path, `${way}.yaml`), 'utf8'))
    const [secret, issuer] = documents.map((document) => document.toJS())
    expect(secret).toMatchObject({ kind: 'Secret' })
    expect(Object.keys(issuer.spec.auth)).toEqual([way.replace('-c', 'C')])
    if (way === 'client-certificate') expect(secret.stringData['tls.crt']).toBe(certificate)
  }
})

it('takes no folder that is there, and leaves what others put into its own', async () => {
  await expect(makeTenantFolder(simulator, parent)).rejects.toThrow(`--folder: ${parent} exists`)
  const path = join(parent, 'scm')
  {
    await using folder = await makeTenantFolder(simulator, path)
    await writeFile(join(folder.path, 'mine'), '')
  }
  expect(await readdir(path)).toEqual(['mine'])
  await rm(join(path, 'mine'))
  await rm(path, { recursive: true })
  await (await makeTenantFolder(simulator, path))[Symbol.asyncDispose]()
  await expect(access(path)).rejects.toThrow()
})

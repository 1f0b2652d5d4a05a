// The commands of docs/sectigo.md, run one after the other in one shell against the simulator.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../cluster/run.ts'
import { sectigoDoc } from '../docs/refusal-table.ts'
import { type Simulator, startSimulator } from '../simulators/sectigo/simulator.ts'
import { codeBlocks } from '../support/readme.ts'

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

let simulator: Simulator
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  simulator = await startSimulator()
  folder = await mkdtemp(join(tmpdir(), 'certwright-docs-'))
  const { certificatePem, keyPem } = await simulator.control.issueClientCertificate('api-user')
  const { accounts } = await simulator.control.catalogue()
  const account = accounts.find(({ login }) => login === 'api-user')
  if (account?.oauth2 === undefined) throw new Error('the simulator has no account api-user with a client')
  const files = { 'tls.crt': certificatePem, 'tls.key': keyPem, 'ca.crt': simulator.caPem }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 })
  env = {
    PATH: process.env['PATH'] ?? '',
    CURL_CA_BUNDLE: join(folder, 'ca.crt'),
    SCM_URL: simulator.url,
    SCM_CUSTOMER: account.customerUri,
    SCM_LOGIN: account.login,
    SCM_PASSWORD: account.password,
    SCM_TOKEN_URL: simulator.tokenUrl,
    SCM_CLIENT_ID: account.oauth2.clientId,
    SCM_CLIENT_SECRET: account.oauth2.clientSecret,
  }
})

afterAll(async () => {
  await simulator.close()
  await rm(folder, { recursive: true, force: true })
})

const blocks = codeBlocks(sectigoDoc()).filter(({ language }) => language === 'sh')
const codeOf = (name: string): string => blocks.find((block) => block.name === name)?.code ?? ''

describe('docs/sectigo.md', () => {
  it('has no command that is not run here', () => {
    expect(blocks.map(({ name }) => name)).toEqual(['values', ...Object.keys(EXPECTED)])
  })

  it.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const script = `${codeOf('values')}\n${codeOf(name)}`
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, timeoutMs: 30_000 })
    expect(stdout).toMatch(expected)
  })
})

// `npm run simulator`: an SCM to try things against, until Ctrl-C.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account, Catalogue, Product, Profile } from './catalogue.ts'
import { parseMainArgs, USAGE } from './main-args.ts'
import { clientCertificateManifests, oauth2Manifests, passwordManifests } from './manifests.ts'
import type { Simulator } from './simulator.ts'
import { startSimulator } from './simulator.ts'

/** Wrong flags, as every command of this project. */
const EXIT_USAGE = 2

async function main(): Promise<void> {
  const args = readArgs()
  if (args === 'help') {
    process.stdout.write(USAGE)
    return
  }
  const { port, host, issueDelayMs } = args
  const publicHost = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host
  await using simulator = await startSimulator({ port, host, publicHost, settings: { issueDelayMs } })
  const folder = await mkdtemp(join(tmpdir(), 'sectigo-simulator-'))
  const caPath = join(folder, 'ca.crt')
  await writeFile(caPath, simulator.caPem)
  const catalogue = await simulator.control.catalogue()
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const text = args.json ? machineReadable(simulator, caPath, catalogue) : await describe(simulator, caPath, catalogue)
  process.stdout.write(`${text}\n`)
  await stopped
  await rm(folder, { recursive: true })
}

function readArgs(): ReturnType<typeof parseMainArgs> {
  try {
    return parseMainArgs(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(EXIT_USAGE)
  }
}

/** One line; the shape is what control-client.ts and the demo read. */
function machineReadable(simulator: Simulator, caPath: string, { accounts }: Catalogue): string {
  const { origin, url, privateUrl, tokenUrl, controlToken, caPem, rootPem, intermediatePem } = simulator
  return JSON.stringify({
    origin,
    url,
    privateUrl,
    tokenUrl,
    controlToken,
    caPath,
    caPem,
    rootPem,
    intermediatePem,
    accounts,
  })
}

async function describe(simulator: Simulator, caPath: string, catalogue: Catalogue): Promise<string> {
  const { account, orgId } = firstOf(catalogue)
  const certificate = await simulator.control.issueClientCertificate(account.login)
  const manifest = { ...simulator, account, orgId }
  const logins = catalogue.accounts.map(
    (one) => `  ${one.login} / ${one.password}${one.oauth2 ? oauth2Login(one.oauth2) : ''}`,
  )
  return `Sectigo Certificate Manager simulator

API            ${simulator.url}
token URL      ${simulator.tokenUrl}
control        ${simulator.origin}/control   token ${simulator.controlToken}
customerUri    ${account.customerUri}
CA of the server, also in the manifests below: ${caPath}
logins
${logins.join('\n')}

SSL, with a password:
${passwordManifests({ ...manifest, profile: profileOf(catalogue, 'ssl') })}
Device, with OAuth2:
${oauth2Manifests({ ...manifest, profile: profileOf(catalogue, 'device') })}
SSL, with a client certificate (valid until the next one is issued for ${account.login}):
${clientCertificateManifests({ ...manifest, profile: profileOf(catalogue, 'ssl') }, certificate)}
Ctrl-C ends it; orders live in memory only.`
}

function oauth2Login({ clientId, clientSecret, realm }: NonNullable<Account['oauth2']>): string {
  return `   OAuth2 ${clientId} / ${clientSecret}${realm === undefined ? '' : ` (realm ${realm})`}`
}

function firstOf({ accounts, organizations }: Catalogue): { account: Account; orgId: number } {
  const [account] = accounts
  const [organization] = organizations
  if (!account || !organization) throw new Error('the catalogue has no account or no organization')
  return { account, orgId: organization.id }
}

function profileOf({ profiles }: Catalogue, product: Product): Profile {
  const profile = profiles.find((one) => one.product === product)
  if (!profile) throw new Error(`the catalogue has no ${product} profile`)
  return profile
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

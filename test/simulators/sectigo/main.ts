// `npm run simulator`: an SCM to try things against, until Ctrl-C.
import type { Account } from './catalogue.ts'
import { parseMainArgs, USAGE } from './main-args.ts'
import type { Simulator } from './simulator.ts'
import { startSimulator } from './simulator.ts'
import { makeTenantFolder, type TenantFolder } from './tenant-folder.ts'

/** Wrong flags, as every command of this project. */
const EXIT_USAGE = 2

async function main(): Promise<void> {
  const args = readArgs()
  if (args === 'help') {
    process.stdout.write(USAGE)
    return
  }
  const { port, host, issueDelayMs } = args
  const stopped = untilStopped()
  const publicHost = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host
  await using simulator = await startSimulator({ port, host, publicHost, settings: { issueDelayMs } })
  await using folder = await makeTenantFolder(simulator, args.folder)
  const { accounts } = await simulator.control.catalogue()
  const text = args.json ? machineReadable(simulator, folder, accounts) : describe(simulator, folder, accounts)
  process.stdout.write(`${text}\n`)
  await stopped
}

function readArgs(): ReturnType<typeof parseMainArgs> {
  try {
    return parseMainArgs(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(EXIT_USAGE)
  }
}

/** A Ctrl-C comes twice, from the terminal and from npm's end of it; the second may not end us before we have tidied up. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve())
  })
}

/** One line, for programs. `pid` gets their SIGTERM: npm would not pass it on. control-client.ts takes the control's values. */
function machineReadable(simulator: Simulator, { path, files }: TenantFolder, accounts: readonly Account[]): string {
  const { origin, url, privateUrl, tokenUrl, controlToken, caPem, rootPem, intermediatePem } = simulator
  return JSON.stringify({
    origin,
    url,
    privateUrl,
    tokenUrl,
    controlToken,
    caPem,
    rootPem,
    intermediatePem,
    accounts,
    pid: process.pid,
    folder: path,
    files: files.map(({ name }) => name),
  })
}

function describe(simulator: Simulator, { path, files }: TenantFolder, accounts: readonly Account[]): string {
  const logins = accounts.map((one) => `  ${one.login} / ${one.password}${one.oauth2 ? oauth2Login(one.oauth2) : ''}`)
  const widest = Math.max(...files.map(({ name }) => name.length))
  return `Sectigo Certificate Manager simulator

API            ${simulator.url}
token URL      ${simulator.tokenUrl}
control        ${simulator.origin}/control   token ${simulator.controlToken}
customerUri    ${accounts[0]?.customerUri}
logins
${logins.join('\n')}

files in ${path}, until it ends
${files.map(({ name, about }) => `  ${name.padEnd(widest)}   ${about}`).join('\n')}

For curl:      cd ${path} && . ./env
For kubectl:   kubectl apply -f ${path}/password.yaml

Ctrl-C ends it; orders live in memory only.`
}

function oauth2Login({ clientId, clientSecret, realm }: NonNullable<Account['oauth2']>): string {
  return `   OAuth2 ${clientId} / ${clientSecret}${realm === undefined ? '' : ` (realm ${realm})`}`
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

// The files that `npm run simulator` puts into a folder: what the commands of docs/sectigo.md and kubectl need of a tenant.
import { mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Catalogue, Product, Profile } from './catalogue.ts'
import { clientCertificateManifests, oauth2Manifests, passwordManifests } from './manifests.ts'
import type { Simulator } from './simulator.ts'

export interface TenantFile {
  readonly name: string
  /** For people, without a full stop. */
  readonly about: string
  readonly text: string
}

export interface TenantFolder extends AsyncDisposable {
  /** Absolute. */
  readonly path: string
  readonly files: readonly TenantFile[]
}

/**
 * A folder of its own, by default a temporary one, with files that only their owner may read. Its end removes the files, and
 * the folder unless something else was put there. Throws when `path` exists: a real tenant's tls.key may be there.
 */
export async function makeTenantFolder(simulator: Simulator, path?: string): Promise<TenantFolder> {
  const folder = path === undefined ? await mkdtemp(join(tmpdir(), 'sectigo-simulator-')) : await newFolder(path)
  const files = await tenantFiles(simulator, folder)
  for (const { name, text } of files) await writeFile(join(folder, name), text, { mode: 0o600 })
  return {
    path: folder,
    files,
    async [Symbol.asyncDispose]() {
      for (const { name } of files) await rm(join(folder, name), { force: true })
      // Somebody else's files keep it.
      await rmdir(folder).catch(() => undefined)
    },
  }
}

async function newFolder(path: string): Promise<string> {
  const folder = resolve(path)
  try {
    await mkdir(folder, { mode: 0o700 })
    return folder
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Error(`--folder: ${folder} exists; name a folder that does not`)
  }
}

/** The catalogue's first account and organization, with all three ways in. */
async function tenantFiles(simulator: Simulator, folder: string): Promise<TenantFile[]> {
  const catalogue = await simulator.control.catalogue()
  const [account] = catalogue.accounts
  const [organization] = catalogue.organizations
  if (!account?.oauth2 || !organization) {
    throw new Error('the catalogue has no organization, or its first account has no OAuth2 client')
  }
  const certificate = await simulator.control.issueClientCertificate(account.login)
  const issuer = { ...simulator, account, orgId: organization.id }
  const ssl = { ...issuer, profile: profileOf(catalogue, 'ssl') }
  const device = { ...issuer, profile: profileOf(catalogue, 'device') }
  const env = {
    SCM_URL: simulator.url,
    SCM_CUSTOMER: account.customerUri,
    SCM_LOGIN: account.login,
    SCM_PASSWORD: account.password,
    SCM_ORG: String(organization.id),
    SCM_TOKEN_URL: simulator.tokenUrl,
    SCM_CLIENT_ID: account.oauth2.clientId,
    SCM_CLIENT_SECRET: account.oauth2.clientSecret,
    CURL_CA_BUNDLE: join(folder, 'ca.crt'),
  }
  return [
    { name: 'env', about: 'variables for the commands of docs/sectigo.md', text: shellExports(env) },
    { name: 'ca.crt', about: 'CA of the server', text: simulator.caPem },
    { name: 'tls.crt', about: `client certificate of ${account.login}`, text: certificate.certificatePem },
    { name: 'tls.key', about: 'its key', text: certificate.keyPem },
    { name: 'password.yaml', about: 'Secret and issuer: SSL, with a password', text: passwordManifests(ssl) },
    {
      name: 'client-certificate.yaml',
      about: 'Secret and issuer: SSL, with the client certificate',
      text: clientCertificateManifests(ssl, certificate),
    },
    { name: 'oauth2.yaml', about: 'Secret and issuer: device, with OAuth2', text: oauth2Manifests(device) },
  ]
}

/** Lines for `. ./env`: no value can be taken for anything but text. */
function shellExports(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
  return lines.join('')
}

function profileOf({ profiles }: Catalogue, product: Product): Profile {
  const profile = profiles.find((one) => one.product === product)
  if (!profile) throw new Error(`the catalogue has no ${product} profile`)
  return profile
}

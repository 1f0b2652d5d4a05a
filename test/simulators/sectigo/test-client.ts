// How this folder's tests talk to a simulator: plain undici over real HTTPS, nothing of the operator.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Agent, request } from 'undici'
import { x509 } from './asn1.ts'
import type { ClientCertificate } from './client-ca.ts'
import type { Simulator } from './simulator.ts'

const run = promisify(execFile)

export const API_USER = { login: 'api-user', password: 'Simulated-Password-1!', customerUri: 'acme' }
export const REQUESTER = { login: 'requester', password: 'Simulated-Password-2!', customerUri: 'acme' }
export const DRAO = { login: 'drao', password: 'Simulated-Password-3!', customerUri: 'acme' }
export const NOBODY = { login: 'nobody', password: 'Simulated-Password-4!', customerUri: 'acme' }

export const RAO_SSL = { login: 'rao-ssl', password: 'Simulated-Password-5!', customerUri: 'acme' }
export const NEWCOMER = { login: 'newcomer', password: 'Simulated-Password-6!', customerUri: 'acme' }

export const ORGANIZATION = 8928
export const OV_PROFILE = 5170
export const DV_PROFILE = 5171
export const PRIVATE_CA = 5984
export const DEVICE_OV = 5985
export const PRIVATE_SMIME = 5290
export const SMIME_OV = 5291

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
  /** Parsed body, for `toMatchObject`. */
  readonly json: unknown
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Objects are sent as JSON, strings as they are. */
  readonly body?: unknown
}

export interface TestClient extends AsyncDisposable {
  /** `path` is below `/api`; the default account is api-user. @throws when the connection ends without an answer. */
  call(method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE', path: string, options?: CallOptions): Promise<Reply>
  /** The same for a path below the origin, without credentials. */
  raw(method: 'GET' | 'POST', path: string, options?: CallOptions): Promise<Reply>
  enrollSsl(fields?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Reply>
  enrollDevice(fields?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Reply>
  enrollSmime(fields?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Reply>
}

export function createTestClient(
  simulator: Simulator,
  options: { connections?: number; clientCertificate?: ClientCertificate } = {},
): TestClient {
  const { clientCertificate } = options
  const agent = new Agent({
    connect: {
      ca: simulator.caPem,
      ...(clientCertificate && { cert: clientCertificate.certificatePem, key: clientCertificate.keyPem }),
    },
    allowH2: false,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
  })
  const send = async (method: string, url: string, { headers, body }: CallOptions): Promise<Reply> => {
    const response = await request(url, {
      method: method as 'GET',
      dispatcher: agent,
      headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const bytes = Buffer.from(await response.body.arrayBuffer())
    const text = bytes.toString('utf8')
    return { status: response.statusCode, headers: response.headers, bytes, text, json: parse(text) }
  }
  const call: TestClient['call'] = (method, path, given = {}) =>
    send(method, `${simulator.url}${path}`, { ...given, headers: { ...API_USER, ...given.headers } })
  return {
    call,
    raw: (method, path, given = {}) => send(method, `${simulator.origin}${path}`, given),
    async enrollSsl(fields = {}, headers = {}) {
      const defaults = { orgId: ORGANIZATION, certType: OV_PROFILE, term: 90, subjAltNames: 'a.example.com' }
      const body = { csr: fields['csr'] ?? (await csrPem({})), ...defaults, ...fields }
      return await call('POST', '/ssl/v1/enroll', { body, headers })
    },
    async enrollDevice(fields = {}, headers = {}) {
      const csr = fields['csr'] ?? (await csrPem({}))
      const body = { csr, orgId: ORGANIZATION, certType: PRIVATE_CA, term: 90, ...fields }
      return await call('POST', '/device/v1/enroll', { body, headers })
    },
    async enrollSmime(fields = {}, headers = {}) {
      const csr = fields['csr'] ?? (await csrPem({ subject: 'CN=Ada Lovelace' }))
      const person = { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com' }
      const body = { csr, orgId: ORGANIZATION, certType: PRIVATE_SMIME, term: 365, ...person, ...fields }
      return await call('POST', '/smime/v1/enroll', { body, headers })
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The id in an enrol answer. */
export function idOf(reply: Reply): number {
  const { sslId, deviceCertId, id: smimeId } = reply.json as { sslId?: number; deviceCertId?: number; id?: number }
  const id = sslId ?? deviceCertId ?? smimeId
  if (id === undefined) throw new Error(`no id in: ${reply.status} ${reply.text}`)
  return id
}

export interface CsrOptions {
  /** RFC 4514; default `CN=a.example.com`. */
  readonly subject?: string
  readonly dnsNames?: readonly string[]
  readonly curve?: 'P-256' | 'P-384' | 'P-521'
  /** An RSA key of this many bits instead of EC. */
  readonly rsaBits?: number
  readonly extensions?: readonly x509.Extension[]
}

export async function csrPem(options: CsrOptions): Promise<string> {
  const algorithm = options.rsaBits
    ? {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: options.rsaBits,
        publicExponent: new Uint8Array([1, 0, 1]),
      }
    : { name: 'ECDSA', hash: 'SHA-256', namedCurve: options.curve ?? 'P-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const dns = options.dnsNames?.map((value) => ({ type: 'dns' as const, value }))
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: options.subject ?? 'CN=a.example.com',
    keys: keys as Parameters<typeof x509.Pkcs10CertificateRequestGenerator.create>[0]['keys'],
    signingAlgorithm: algorithm,
    extensions: [...(dns ? [new x509.SubjectAlternativeNameExtension(dns)] : []), ...(options.extensions ?? [])],
  })
  return csr.toString('pem')
}

/** Runs openssl with the given files beside it; arguments name them as they are. Resolves with its output. */
export async function openssl(
  args: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'simulator-openssl-'))
  try {
    await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(cwd, name), content)))
    const { stdout } = await run('openssl', [...args], { cwd })
    return stdout
  } finally {
    await rm(cwd, { recursive: true })
  }
}

/** The certificates of a PEM text, in its order. */
export function certificatesIn(text: string): x509.X509Certificate[] {
  return x509.PemConverter.decode(text).map((der) => new x509.X509Certificate(der))
}

// Enrolment with a key that SCM makes, and the link to that key (seed 004 L1343-1590, L1733-1765). No operation for a client
// that has its own key; it is here because the document has it.
import { randomBytes, webcrypto } from 'node:crypto'
import { z } from 'zod'
import { x509 } from './asn1.ts'
import { numberField, readBody, textField } from './body.ts'
import { atMost, checkConstraints, notNull, sizeBetween } from './constraints.ts'
import { refuse } from './errors.ts'
import { findOrder } from './listing.ts'
import type { AccountCall, Answer } from './router.ts'
import { json } from './router.ts'

/** Seed 004 L1355, L1407, L1748. */
const COMMON_NAME_LENGTHS = [1, 64] as const
const PASS_PHRASE_LENGTHS = [8, 64] as const
const KEYSTORE_PASS_PHRASE_MAX_LENGTH = 32
/** Seed 004 L1741. */
const KEYSTORE_FORMATS = ['key', 'p12', 'p12aes', 'jks', 'pem']
const DEFAULT_RSA_BITS = 2048
const DEFAULT_CURVE = 'P-256'

const keygenSchema = z.object({
  commonName: textField,
  algorithm: z.enum(['RSA', 'EC']).nullish(),
  keySize: numberField,
  keyParam: textField,
  keyGenerationMethod: z.enum(['PK_AGENT', 'AZURE_KEY_VAULT']).nullish(),
  passPhrase: textField,
  azureKeyVault: z.object({ azureAccountId: numberField, vaultKey: textField }).nullish(),
})
type KeygenBody = z.output<typeof keygenSchema>

export interface GeneratedKey {
  readonly csr: string
  /** Made by the Private Key Agent, which hands the key out again. */
  readonly keyAgent: boolean
}

/** A CSR for a new key. @throws ScmError -1001, -13 for a size or curve that no key has. */
export async function generateKey(call: AccountCall): Promise<GeneratedKey> {
  const body = readBody(call, keygenSchema)
  const { commonName, keyGenerationMethod: method, passPhrase } = body
  const agent = method === 'PK_AGENT'
  checkConstraints([
    notNull('commonName', commonName),
    sizeBetween('commonName', commonName, COMMON_NAME_LENGTHS),
    notNull('keyGenerationMethod', method),
    agent
      ? sizeBetween('passPhrase', passPhrase ?? '', PASS_PHRASE_LENGTHS)
      : notNull('azureKeyVault', body.azureKeyVault),
  ])
  return { csr: await createCsr(commonName ?? '', body), keyAgent: agent }
}

async function createCsr(commonName: string, body: KeygenBody): Promise<string> {
  const algorithm =
    body.algorithm === 'EC'
      ? { name: 'ECDSA', hash: 'SHA-256', namedCurve: body.keyParam ?? DEFAULT_CURVE }
      : {
          name: 'RSASSA-PKCS1-v1_5',
          hash: 'SHA-256',
          modulusLength: Number(body.keyParam ?? body.keySize ?? DEFAULT_RSA_BITS),
          publicExponent: new Uint8Array([1, 0, 1]),
        }
  let keys: webcrypto.CryptoKeyPair
  try {
    keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  } catch {
    throw refuse('keySize')
  }
  const name: x509.JsonName = [{ CN: [commonName] }]
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm })
  return csr.toString('pem')
}

const keystoreSchema = z.object({ passphrase: textField })

/** A link into the customer's network. @throws ScmError -37 for an order whose key is elsewhere; the code is not stated. */
export async function keystoreLink(call: AccountCall): Promise<Answer> {
  const { passphrase } = readBody(call, keystoreSchema)
  checkConstraints([atMost('passphrase', passphrase, KEYSTORE_PASS_PHRASE_MAX_LENGTH)])
  const format = call.params['format'] ?? ''
  if (!KEYSTORE_FORMATS.includes(format)) throw refuse('sslFormat', format)
  const order = await findOrder(call, 'ssl')
  if (!order.keyAgent) throw refuse('accessDenied')
  const token = randomBytes(16).toString('hex').toUpperCase()
  return json({ link: `https://private-key-agent.simulator.test/download?token=${token}&keyformat=${format}` })
}

// What makes a request impossible whatever is paid: CA certificates, size, names, keys. Pure.
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import type { IssuerFacts, Problem, RequestedCertificate } from '../backend.ts'
import { csrText } from './enrol-body.ts'
import type { Product } from './product.ts'
import { productOf } from './products.ts'
import { listed, oneLine } from './quote.ts'
import type { ProductSettings } from './settings.ts'

export interface CheckInput extends Pick<RequestedCertificate, 'csr' | 'isCA'> {
  readonly settings: ProductSettings
  readonly facts: IssuerFacts
}

/** SCM's bound for the field `csr` (vendor's OpenAPI 25.9.2; its cell is cut off at seed 004 L1264). */
const LONGEST_CSR_CHARS = 32_767

/** Everything that only another CSR, or another issuer, can cure; empty when the request may be ordered. */
export function problemsOf(input: CheckInput): Problem[] {
  // Paths differ between the ways in, problems do not.
  const product = productOf(input.settings, 'password')
  return [
    ...caProblems(input),
    ...sizeProblems(input),
    ...nameProblems(input, product),
    ...keyProblems(input),
    ...(product.problemsOf?.(input.csr) ?? []),
  ]
}

function caProblems({ csr, isCA }: CheckInput): Problem[] {
  if (isCA) return [{ field: 'spec.isCA', message: 'SCM sells no CA certificates; remove isCA' }]
  if (!csr.isCA) return []
  return [
    { field: 'spec.request (basicConstraints)', message: 'the CSR asks for a CA certificate, and SCM sells none' },
  ]
}

function sizeProblems({ csr }: CheckInput): Problem[] {
  const { length } = csrText(csr)
  if (length <= LONGEST_CSR_CHARS) return []
  const message = `the CSR has ${length} characters, SCM takes ${LONGEST_CSR_CHARS}; ask for fewer names`
  return [{ field: 'spec.request', message }]
}

function nameProblems({ csr }: CheckInput, { name, carries }: Product): Problem[] {
  const foreign = csr.names.filter(({ type }) => !carries.includes(type)).map(({ type, value }) => `${type} ${value}`)
  if (foreign.length === 0) return []
  const message = `${name} certificates carry names of type ${carries.join(', ')} only; remove ${listed(foreign, oneLine)}`
  return [{ field: 'spec.request (SAN)', message }]
}

function keyProblems({ csr, facts }: CheckInput): Problem[] {
  const allowed = allowedKeys(facts.profile.keyTypes)
  if (allowed.length === 0) return []
  const { algorithm, size } = keyOf(csr)
  const fits = allowed.some((key) => key.algorithm === algorithm && (key.size === size || key.size === ''))
  if (fits) return []
  const list = allowed.map((key) => `${key.algorithm} ${key.size}`.trim()).join(', ')
  const message = `the key is ${`${algorithm} ${size}`.trim()}; profile "${facts.profile.name}" allows ${list}`
  return [{ field: 'spec.request (key)', message }]
}

interface Key {
  readonly algorithm: string
  /** Bits or curve; empty: any. */
  readonly size: string
}

function keyOf({ key }: CertificateSigningRequest): Key {
  if (key.algorithm === 'RSA') return { algorithm: 'RSA', size: String(key.bits) }
  if (key.algorithm === 'EC') return { algorithm: 'EC', size: curveOf(key.curve) }
  return { algorithm: key.algorithm === 'other' ? key.name : key.algorithm, size: '' }
}

/** SCM lists algorithm -> sizes or curves; an algorithm with an empty list is allowed in every size. */
function allowedKeys(keyTypes: IssuerFacts['profile']['keyTypes']): Key[] {
  return Object.entries(keyTypes).flatMap(([name, sizes]) => {
    const algorithm = algorithmOf(name)
    return sizes.length === 0 ? [{ algorithm, size: '' }] : sizes.map((size) => ({ algorithm, size: curveOf(size) }))
  })
}

function algorithmOf(name: string): string {
  const upper = name.toUpperCase()
  if (upper === 'ECC' || upper === 'ECDSA' || upper === 'EC') return 'EC'
  if (upper === 'ED25519') return 'Ed25519'
  return upper === 'RSA' ? 'RSA' : name
}

/** NIST's word for a curve, whichever of its names is used; sizes pass through. */
function curveOf(size: string): string {
  const curves: Readonly<Record<string, string>> = {
    'P-256': 'P-256',
    P256: 'P-256',
    PRIME256V1: 'P-256',
    SECP256R1: 'P-256',
    'P-384': 'P-384',
    P384: 'P-384',
    SECP384R1: 'P-384',
    'P-521': 'P-521',
    P521: 'P-521',
    SECP521R1: 'P-521',
  }
  const name = size.trim().toUpperCase()
  return curves[name] ?? size.trim()
}

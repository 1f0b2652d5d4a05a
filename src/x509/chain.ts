// Puts a CA's certificates in the order a TLS server sends them, and finds out whether they are one chain.
//
// CAs hand out leaf first or root first, with the root or without, with cross-signed roots, with duplicates; no document
// says which. So the order is computed from keys and signatures, and the input's order never matters.
import { X509Certificate } from 'node:crypto'
import type { IssuedCertificate } from './certificate.ts'
import { X509Error } from './errors.ts'

/** cert-manager refuses a longer chain (internal/pem/decode.go: nine issuers and a leaf). */
const MAX_CHAIN_CERTIFICATES = 10

export interface OrderedChain {
  readonly leaf: IssuedCertificate
  /** The leaf's issuer first. Empty when the input holds no issuer of the leaf, or only its root. */
  readonly intermediates: readonly IssuedCertificate[]
  /** The self-signed certificate at the top, when the input holds it. */
  readonly root?: IssuedCertificate
}

/** A certificate reached from the leaf, and the way back down. */
interface Step {
  readonly certificate: IssuedCertificate
  readonly below: Step | undefined
  readonly length: number
  hasIssuer: boolean
}

/** The leaf first, then in the order reached. */
type Steps = readonly [Step, ...Step[]]

/**
 * Finds the certificate with the CSR's key and its issuers, each link checked by name, key id and signature.
 *
 * Of several ways up (cross-signed roots) it takes one that ends in a self-signed certificate, then the shortest, then at
 * each step the issuer that is valid longest. Certificates on the other ways are dropped in silence: they belong to the
 * leaf. A leaf alone is a chain without intermediates: whether that will do is the caller's decision, since some private
 * CAs issue from their root. A leaf that is itself self-signed is also its own root. Dates are not checked.
 *
 * @throws {X509Error} NoLeaf, BrokenChain, UnrelatedCertificate, TooManyCertificates; nothing else
 */
export function orderChain(
  certificates: readonly IssuedCertificate[],
  { spkiSha256 }: { readonly spkiSha256: string },
): OrderedChain {
  const distinct = [...new Map(certificates.map((certificate) => [certificate.sha256, certificate])).values()]
  const preferred = distinct.toSorted(longestValidFirst)
  const leaf = findLeaf(preferred, spkiSha256)
  const steps = climb(leaf, preferred)
  const top = highest(steps)
  const reached = new Set(steps.map(({ certificate }) => certificate))
  const left = preferred.filter((certificate) => !reached.has(certificate))
  if (left.length > 0) throw strangers(left, top.certificate)
  const path = downFrom(top)
  const root = top.certificate.selfSigned ? top.certificate : undefined
  const intermediates = path.filter((certificate) => certificate !== leaf && certificate !== root)
  return { leaf, intermediates, ...(root && { root }) }
}

/** PEM blocks one after the other: LF line ends, a newline at the end. */
export function chainPem(certificates: readonly IssuedCertificate[]): string {
  return certificates.map(({ pem }) => pem).join('')
}

/** Of several with the key (a private key used again) the newest is meant; the others then do not belong to its chain. */
function findLeaf(certificates: readonly IssuedCertificate[], spkiSha256: string): IssuedCertificate {
  const [newest] = certificates
    .filter((certificate) => certificate.spkiSha256 === spkiSha256)
    .toSorted((a, b) => b.notBefore - a.notBefore)
  if (newest === undefined) throw new X509Error('NoLeaf', 'no certificate has the public key of the request')
  return newest
}

/** Breadth first, so that each certificate is reached once, by its shortest way: no loops, and no exponential search. */
function climb(leaf: IssuedCertificate, certificates: readonly IssuedCertificate[]): Steps {
  const readable = new Map(certificates.map(({ sha256, der }) => [sha256, new X509Certificate(der)]))
  const steps: [Step, ...Step[]] = [{ certificate: leaf, below: undefined, length: 1, hasIssuer: false }]
  const reached = new Set([leaf])
  for (const step of steps) {
    if (step.certificate.selfSigned) continue
    const child = readable.get(step.certificate.sha256)
    for (const certificate of certificates) {
      // Nothing is left to learn, and a signature of the largest key takes milliseconds.
      if (step.hasIssuer && reached.has(certificate)) continue
      if (!isIssuer(child, certificate, readable.get(certificate.sha256))) continue
      step.hasIssuer = true
      if (reached.has(certificate)) continue
      reached.add(certificate)
      steps.push({ certificate, below: step, length: step.length + 1, hasIssuer: false })
    }
  }
  return steps
}

function isIssuer(
  child: X509Certificate | undefined,
  { isCA, selfSigned }: IssuedCertificate,
  parent: X509Certificate | undefined,
): boolean {
  // Roots older than X.509v3 do not say that they are CAs.
  if (child === undefined || parent === undefined || !(isCA || selfSigned)) return false
  try {
    return child.checkIssued(parent) && child.verify(parent.publicKey)
  } catch {
    // A key of a kind that cannot be read here cannot have been seen to sign anything.
    return false
  }
}

/** The nearest root; without one the nearest certificate nobody here has issued; where all sign each other the farthest. */
function highest(steps: Steps): Step {
  const top =
    steps.find(({ certificate }) => certificate.selfSigned) ??
    steps.find(({ hasIssuer }) => !hasIssuer) ??
    steps[steps.length - 1] ??
    steps[0]
  if (top.length > MAX_CHAIN_CERTIFICATES) {
    throw new X509Error('TooManyCertificates', `the chain is longer than ${MAX_CHAIN_CERTIFICATES} certificates`)
  }
  return top
}

/** From the leaf up to `top`. */
function downFrom(top: Step): readonly IssuedCertificate[] {
  const path: IssuedCertificate[] = []
  for (let step: Step | undefined = top; step !== undefined; step = step.below) path.unshift(step.certificate)
  return path
}

/** Below an unfinished top, a CA that is left over is most likely beyond a gap; everything else does not belong here. */
function strangers(left: readonly IssuedCertificate[], top: IssuedCertificate): X509Error {
  return !top.selfSigned && left.every(({ isCA, selfSigned }) => isCA || selfSigned)
    ? new X509Error('BrokenChain', 'an issuer between the certificate and the rest of its chain is missing')
    : new X509Error('UnrelatedCertificate', 'the chain holds a certificate that does not belong to it')
}

/** A total order, so that the input's order cannot decide anything. */
function longestValidFirst(a: IssuedCertificate, b: IssuedCertificate): number {
  return b.notAfter - a.notAfter || (a.sha256 < b.sha256 ? -1 : 1)
}

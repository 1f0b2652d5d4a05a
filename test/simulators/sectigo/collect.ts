// Collect: every documented format, in the documented (or observed) order, and the answers before there is a certificate.
import { x509 } from './asn1.ts'
import type { CertificateAuthority, IssuedCertificate } from './ca.ts'
import type { Product } from './catalogue.ts'
import { refuse } from './errors.ts'
import { findOrder, findPolled } from './listing.ts'
import type { Order } from './orders.ts'
import { armour } from './pem.ts'
import { pendingAnswer } from './pending.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import type { PendingAnswer, Settings } from './settings.ts'

/** A chain, each member as DER. `root` is empty when the setting leaves it out. */
interface Chain {
  readonly leaf: Uint8Array
  readonly intermediates: readonly Uint8Array[]
  readonly root: readonly Uint8Array[]
}

/**
 * PEM formats (seed 004 L1602, L4522). Orders observed: `x509`, `pem` root first; `x509R` leaf first; `x509IO` root first;
 * `x509IOR` issuing CA first. `pemia` ("w/ issuer after") is read as leaf, then its issuer.
 */
const PEM_FORMATS: Readonly<Record<string, (chain: Chain) => readonly Uint8Array[]>> = {
  x509: ({ leaf, intermediates, root }) => [...root, ...intermediates.toReversed(), leaf],
  pem: ({ leaf, intermediates, root }) => [...root, ...intermediates.toReversed(), leaf],
  x509R: ({ leaf, intermediates, root }) => [leaf, ...intermediates, ...root],
  x509CO: ({ leaf }) => [leaf],
  pemco: ({ leaf }) => [leaf],
  x509IO: ({ intermediates, root }) => [...root, ...intermediates.toReversed()],
  x509IOR: ({ intermediates, root }) => [...intermediates, ...root],
  pemia: ({ leaf, intermediates }) => [leaf, ...intermediates.slice(0, 1)],
}
const PKCS7_FORMATS = ['base64', 'bin']
/** Seed 004 L1602: "base64 is default". */
const DEFAULT_FORMAT = 'base64'
const COLLECTED_TYPE = 'application/octet-stream;charset=UTF-8'

/** The documented query form, and the path form that older clients use (observed to work on current servers). */
export function collectRoutes(product: Product): readonly Route[] {
  const path = `/api/${product}/v1/collect/:id`
  return [
    { method: 'GET', path, access: 'account', handle: (call) => collect(call, product, call.query.get('format')) },
    {
      method: 'GET',
      path: `${path}/:format`,
      access: 'account',
      handle: (call) => collect(call, product, call.params['format'] ?? null),
    },
  ]
}

/** `find` finds the order that the path names. */
export async function collect(
  call: AccountCall,
  product: Product,
  requestedFormat: string | null,
  find: (call: AccountCall, product: Product) => Promise<Order> = findOrder,
): Promise<Answer> {
  const { context } = call
  const { settings } = context
  const format = requestedFormat || DEFAULT_FORMAT
  if (!(format in PEM_FORMATS) && !PKCS7_FORMATS.includes(format)) {
    throw refuse(product === 'ssl' ? 'sslFormat' : 'deviceFormat', format)
  }
  const order = await findPolled(call, product, find)
  if (order.status === 'Revoked') throw refuse(product === 'client' ? 'smimeRevoked' : 'revoked')
  // Not stated for refused orders; a client must not be able to tell them from waiting ones here.
  if (['Declined', 'Rejected', 'Invalid'].includes(order.status)) throw refuse('notCollectable')
  const { certificate, issuedAt } = order
  if (certificate) order.collects += 1
  const lagging = issuedAt !== undefined && context.now() < issuedAt + settings.collectLagMs
  if (!certificate || lagging || order.collects <= settings.collectLagPolls) {
    return pendingAnswer(pendingKind(product, settings))
  }
  order.downloadedAt ??= context.now()
  return {
    status: 200,
    headers: {
      'content-type': COLLECTED_TYPE,
      'content-disposition': `attachment; filename="${fileName(order)}.${extension(product, format)}"`,
    },
    body: encode(format, chainOf(certificate, context.ca, settings), settings),
  }
}

function chainOf(certificate: IssuedCertificate, ca: CertificateAuthority, settings: Settings): Chain {
  return {
    leaf: certificate.der,
    intermediates: [ca.intermediateDer],
    root: settings.includeRoot ? [ca.rootDer] : [],
  }
}

function encode(format: string, chain: Chain, settings: Settings): string | Uint8Array {
  const blocks = PEM_FORMATS[format] ?? PEM_FORMATS['x509']
  const certificates = blocks?.(chain) ?? []
  const asBlocks = format in PEM_FORMATS || (format === 'base64' && settings.base64Answer === 'pemBlocks')
  if (asBlocks) return finish(certificates.map((der) => armour('CERTIFICATE', der)).join('\n'), settings)
  // PKCS#7 has the leaf first (seed 004 L4533-4582).
  const members = [chain.leaf, ...chain.intermediates, ...chain.root].map(
    (der) => new x509.X509Certificate(Buffer.from(der)),
  )
  const der = new Uint8Array(new x509.X509Certificates(members).export('raw'))
  return format === 'bin' ? der : finish(armour('PKCS7', der), settings)
}

function finish(text: string, settings: Settings): string {
  const whole = settings.finalNewline ? `${text}\n` : text
  return settings.crlf ? whole.replaceAll('\n', '\r\n') : whole
}

function pendingKind(product: Product, settings: Settings): PendingAnswer {
  const { sslPendingAnswer, devicePendingAnswer, smimePendingAnswer } = settings
  return { ssl: sslPendingAnswer, device: devicePendingAnswer, client: smimePendingAnswer }[product]
}

/** `test_example_com.p7b` for client certificates (seed 004 L3354); observed: `.cer` for SSL. */
function extension(product: Product, format: string): 'p7b' | 'cer' {
  return product === 'client' && PKCS7_FORMATS.includes(format) ? 'p7b' : 'cer'
}

/** observed: the common name with underscores for dots. */
function fileName(order: Order): string {
  return (order.commonName ?? 'certificate').replace(/[^A-Za-z0-9-]/g, '_')
}

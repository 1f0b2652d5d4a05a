// cert-manager's CertificateRequest, as far as this operator reads it. cert-manager owns the kind and has checked the
// object already; this only makes sure that a field has the type we are about to rely on, and lets everything else be.
import { z } from 'zod'
import type { KubeObject, Resource } from '../kube/resource.ts'
import type { Immutable } from './immutable.ts'

/** `cert-manager.io/v1`, `CertificateRequestSpec`. Fields that cert-manager may omit are optional here too. */
export const certificateRequestSpec = z.object({
  /** The PEM of a CSR, in base64. */
  request: z.string(),
  /** An empty or absent group is `cert-manager.io`: somebody else's. */
  issuerRef: z.object({
    group: z.string().exactOptional(),
    kind: z.string().exactOptional(),
    name: z.string(),
  }),
  /** A Go duration; see {@link parseGoDuration}. */
  duration: z.string().exactOptional(),
  isCA: z.boolean().exactOptional(),
  usages: z.array(z.string()).exactOptional(),
  /** Who made the request: set by cert-manager's webhook, not by the author. */
  username: z.string().exactOptional(),
  uid: z.string().exactOptional(),
  groups: z.array(z.string()).exactOptional(),
})

/** cert-manager's condition: reason, message and time may be absent. */
const requestCondition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().exactOptional(),
  message: z.string().exactOptional(),
  /** RFC 3339. */
  lastTransitionTime: z.string().exactOptional(),
})

/** `CertificateRequestStatus`. */
export const certificateRequestStatus = z.object({
  conditions: z.array(requestCondition).exactOptional(),
  /** A chain in PEM, leaf first, in base64. */
  certificate: z.string().exactOptional(),
  /** A certificate in PEM, in base64. */
  ca: z.string().exactOptional(),
  /** RFC 3339. */
  failureTime: z.string().exactOptional(),
})

export type CertificateRequestSpec = Immutable<z.output<typeof certificateRequestSpec>>
export type CertificateRequestStatus = Immutable<z.output<typeof certificateRequestStatus>>

export interface CertificateRequest extends KubeObject {
  readonly spec: CertificateRequestSpec
  readonly status?: CertificateRequestStatus
}

export const certificateRequests: Resource<CertificateRequest> = {
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificaterequests',
  kind: 'CertificateRequest',
  namespaced: true,
}

/** Go's units of time, in seconds (package time, ParseDuration). Micro is written with either of two Unicode letters. */
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  '\u00b5s': 1e-6,
  '\u03bcs': 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}

/** The longest duration Go can hold: 2^63 nanoseconds, some 292 years. */
const LONGEST_SECONDS = 2 ** 63 / 1e9

const QUANTITY = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g
const DURATION = new RegExp(`^[-+]?(?:${QUANTITY.source})+$`)
const ZERO = /^[-+]?0$/

/**
 * Reads a duration as Go writes it, such as `2160h0m0s` or `1h30m`.
 *
 * @returns seconds, perhaps negative or with a fraction; undefined when Go would not read it either.
 */
export function parseGoDuration(text: string): number | undefined {
  if (ZERO.test(text)) return 0
  if (!DURATION.test(text)) return undefined
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(QUANTITY)) {
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN)
  }
  if (!(seconds <= LONGEST_SECONDS)) return undefined
  return text.startsWith('-') ? -seconds : seconds
}

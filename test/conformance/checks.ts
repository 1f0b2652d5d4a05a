// What the validations of both suites have in common. A check tells what is wrong, or nothing; its name is that of cert-manager's
// function.
import { ExtendedKeyUsage, KeyUsageFlags } from '../../src/x509/peculiar.ts'
import type { Leaf } from './leaf.ts'

/** What is wrong, for people; undefined: nothing. May throw, which is wrong too. */
export type Check<T> = (subject: T) => string | undefined | Promise<string | undefined>
export type Checks<T> = Readonly<Record<string, Check<T>>>

/** cert-manager's own allowance for the validity of a certificate. */
const DURATION_TOLERANCE_MS = 30_000
export const DAY_SECONDS = 24 * 60 * 60

/** All that is wrong, as `ExpectEmailsToMatch: ...`, in the order of the checks. */
export async function wrongIn<T>(subject: T, checks: Checks<T>): Promise<readonly string[]> {
  const said = Object.entries(checks).map(async ([name, check]) => {
    const wrong = await wordsOf(check, subject)
    return wrong === undefined ? [] : [`${name}: ${wrong}`]
  })
  return (await Promise.all(said)).flat()
}

async function wordsOf<T>(check: Check<T>, subject: T): Promise<string | undefined> {
  try {
    return await check(subject)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The same values, in any order. */
export function same(what: string, asked: readonly string[] = [], got: readonly string[]): string | undefined {
  const [wanted, found] = [asked, got].map((values) => values.toSorted().join(', '))
  return wanted === found ? undefined : `asked for ${what} [${wanted}], got [${found}]`
}

/** No common name was asked for: then it is one of the names, where the CA adds one. */
export function commonNameOf(asked: string | undefined, leaf: Leaf): string | undefined {
  const { commonName = '', dns, ip } = leaf
  const fits = asked ? commonName === asked : commonName === '' || [...dns, ...ip].includes(commonName)
  return fits ? undefined : `asked for common name "${asked ?? ''}", got "${commonName}"`
}

/** `seconds`: asked for. */
export function durationOf(seconds: number, { notBefore, notAfter }: Leaf): string | undefined {
  const validMs = notAfter - notBefore
  if (Math.abs(validMs - seconds * 1000) <= DURATION_TOLERANCE_MS) return undefined
  return `asked for ${seconds / 3600} hours, got ${validMs / 3_600_000}`
}

/** What a Certificate, CertificateRequest or CertificateSigningRequest without a duration asks for. */
export const DEFAULT_DURATION_SECONDS = 90 * DAY_SECONDS

/** Which bits of `KeyUsageFlags` are asked for. */
export function keyUsageOf(bit: number, { keyUsages }: Leaf): string | undefined {
  return (keyUsages & bit) === bit ? undefined : `asked for key usage ${bit}, got ${keyUsages}`
}

function extendedKeyUsageOf(oid: string, { extendedKeyUsages }: Leaf): string | undefined {
  return extendedKeyUsages.includes(oid) ? undefined : `asked for ${oid}, got [${extendedKeyUsages.join(', ')}]`
}

/** Of a test with arbitrary key usages. */
export function usageChecks<T>(leafOf: (subject: T) => Leaf) {
  return {
    ExpectKeyUsageExtKeyUsageClientAuth: (subject) => extendedKeyUsageOf(ExtendedKeyUsage.clientAuth, leafOf(subject)),
    ExpectKeyUsageExtKeyUsageServerAuth: (subject) => extendedKeyUsageOf(ExtendedKeyUsage.serverAuth, leafOf(subject)),
    ExpectKeyUsageUsageDigitalSignature: (subject) => keyUsageOf(KeyUsageFlags.digitalSignature, leafOf(subject)),
    ExpectKeyUsageUsageDataEncipherment: (subject) => keyUsageOf(KeyUsageFlags.dataEncipherment, leafOf(subject)),
  } as const satisfies Checks<T>
}

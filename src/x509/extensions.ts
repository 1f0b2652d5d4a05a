// The extensions that decide whether a request may be ordered and whether an answer is what was asked for. Read by
// the same code from a CSR and from a certificate, so that the two can be compared.
import { childrenOf, type Element, objectIdentifier, readElement, tags } from './der.ts'
import { readGeneralName, type SubjectName } from './names.ts'

/** 2.5.29.17, as the bytes of its encoding. */
const SUBJECT_ALT_NAME = '551d11'
/** 2.5.29.19 */
const BASIC_CONSTRAINTS = '551d13'
/** 2.5.29.37 */
const EXTENDED_KEY_USAGE = '551d25'
/** 2.5.29.37.0 */
const ANY_PURPOSE = '551d2500'

/** Purposes of certificates that SCM sells (RFC 5280 4.2.1.12), in cert-manager's words for `usages`. */
const PURPOSES: Readonly<Record<string, string>> = {
  '2b06010505070301': 'server auth',
  '2b06010505070302': 'client auth',
  '2b06010505070303': 'code signing',
  '2b06010505070304': 'email protection',
}

export interface Extensions {
  /** In the order written, canonical as in names.ts, duplicates kept. */
  readonly names: readonly SubjectName[]
  /** basicConstraints with cA TRUE (RFC 5280 4.2.1.9). */
  readonly isCA: boolean
  /** Extended key usages in cert-manager's words, each once; others are left out. Absent: any is meant. */
  readonly purposes?: readonly string[]
}

/**
 * Reads `Extensions` (RFC 5280 4.1). An extension that occurs twice is an error (4.2): whoever takes the first and
 * whoever takes the last would see different certificates.
 */
export function readExtensions(extensions: Element | undefined): Extensions {
  const values = new Map<string, Uint8Array>()
  for (const extension of extensions === undefined ? [] : childrenOf(extensions)) {
    const fields = childrenOf(extension)
    const id = objectIdentifier(fields[0])
    const value = fields.at(-1)
    if (value?.tag !== tags.octetString) throw new Error('an extension has no value')
    if (values.has(id)) throw new Error('an extension occurs twice')
    values.set(id, value.content)
  }
  const names = values.get(SUBJECT_ALT_NAME)
  const constraints = values.get(BASIC_CONSTRAINTS)
  const purposes = purposesOf(values.get(EXTENDED_KEY_USAGE))
  return {
    names: names === undefined ? [] : childrenOf(readElement(names)).map(readGeneralName),
    isCA: constraints !== undefined && saysCA(readElement(constraints)),
    ...(purposes && { purposes }),
  }
}

function purposesOf(extension: Uint8Array | undefined): readonly string[] | undefined {
  if (extension === undefined) return undefined
  const usages = new Set(childrenOf(readElement(extension)).map(objectIdentifier))
  return usages.has(ANY_PURPOSE) ? undefined : [...usages].flatMap((usage) => PURPOSES[usage] ?? [])
}

function saysCA(constraints: Element): boolean {
  const cA = childrenOf(constraints)[0]
  return cA?.tag === tags.boolean && cA.content[0] !== 0
}

// Subject alternative names in one comparable form: what was asked for, what was issued, and the difference.
import { createHash } from 'node:crypto'
import { isIP, SocketAddress } from 'node:net'
import type { Element } from './der.ts'

export interface SubjectName {
  /** `other` is everything a TLS product cannot carry, a malformed name of a known kind included. Never left out. */
  readonly type: 'dns' | 'ip' | 'email' | 'uri' | 'other'
  /** Canonical. For `other`: the X.509 name of the kind, a colon, and printable text or a digest, for people only. */
  readonly value: string
}

/** RFC 1035 2.3.4: 255 octets on the wire are 253 characters of text. */
const MAX_DNS_CHARACTERS = 253
/** How much of a malformed name is repeated for the person who wrote it. */
const MAX_SHOWN_CHARACTERS = 64

/**
 * Letters, digits, hyphens and underscores in labels, a wildcard only as the first one. Strict on purpose: CAs take name
 * lists as comma-separated text, where a name that holds a comma would become two names.
 */
const DNS_NAME = /^(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/
/** Mailbox of RFC 5321 without quotes. */
const EMAIL = /^[!-+\--:=?A-~]+@([A-Za-z0-9.-]+)$/
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/

/** GeneralName of RFC 5280 4.2.1.6, by tag: the constructed kinds have bit 0x20 set. */
const KINDS: Readonly<Record<number, string>> = {
  160: 'otherName',
  129: 'rfc822Name',
  130: 'dNSName',
  163: 'x400Address',
  164: 'directoryName',
  165: 'ediPartyName',
  134: 'uniformResourceIdentifier',
  135: 'iPAddress',
  136: 'registeredID',
}

/** Reads one GeneralName. Never fails: what is not understood is `other`, so that it can be refused by name. */
export function readGeneralName({ tag, content }: Element): SubjectName {
  const kind = KINDS[tag] ?? `tag${tag}`
  const text = Buffer.from(content).toString('latin1')
  switch (kind) {
    case 'dNSName':
      return isDnsName(text) ? canonicalName({ type: 'dns', value: text }) : malformed(kind, text)
    case 'rfc822Name':
      return mailDomain(text) !== undefined ? canonicalName({ type: 'email', value: text }) : malformed(kind, text)
    case 'uniformResourceIdentifier':
      return URI.test(text) ? { type: 'uri', value: text } : malformed(kind, text)
    case 'iPAddress':
      return readAddress(content) ?? { type: 'other', value: `${kind}:${digest(content)}` }
    default:
      return { type: 'other', value: `${kind}:${digest(content)}` }
  }
}

/** Is this text a DNS name, a wildcard included, that can stand in a certificate? Upper case is allowed. */
export function isDnsName(text: string): boolean {
  return text.length <= MAX_DNS_CHARACTERS && DNS_NAME.test(text.toLowerCase())
}

/** The domain of a mail address as it can stand in a certificate; undefined for any other text. */
export function mailDomain(text: string): string | undefined {
  return EMAIL.exec(text)?.[1]
}

/**
 * The form in which names are equal when their values are: DNS names and the domain of an email address in lower case
 * (RFC 4343, RFC 5321 2.4), IP addresses as RFC 5952 writes them.
 */
export function canonicalName({ type, value }: SubjectName): SubjectName {
  switch (type) {
    case 'dns':
      return { type, value: value.toLowerCase() }
    case 'ip':
      return { type, value: isIP(value) === 6 ? compressed(value) : value }
    case 'email': {
      const at = value.lastIndexOf('@') + 1
      return { type, value: value.slice(0, at) + value.slice(at).toLowerCase() }
    }
    default:
      return { type, value }
  }
}

/** What was requested and was not issued, each once, in the order requested. */
export function missingNames(
  requested: readonly SubjectName[],
  issued: readonly SubjectName[],
): readonly SubjectName[] {
  const present = byKey(issued)
  return [...byKey(requested)].filter(([key]) => !present.has(key)).map(([, name]) => name)
}

/** What was issued and was not requested (public CAs add `www.`), each once, in the order issued. */
export function extraNames(requested: readonly SubjectName[], issued: readonly SubjectName[]): readonly SubjectName[] {
  return missingNames(issued, requested)
}

function byKey(names: readonly SubjectName[]): ReadonlyMap<string, SubjectName> {
  return new Map(names.map(canonicalName).map((name) => [`${name.type}:${name.value}`, name]))
}

function readAddress(content: Uint8Array): SubjectName | undefined {
  if (content.length === 4) return { type: 'ip', value: content.join('.') }
  if (content.length !== 16) return undefined
  return {
    type: 'ip',
    value: compressed(
      Buffer.from(content)
        .toString('hex')
        .replaceAll(/(....)(?!$)/g, '$1:'),
    ),
  }
}

function compressed(address: string): string {
  return new SocketAddress({ family: 'ipv6', address }).address
}

function malformed(kind: string, text: string): SubjectName {
  const shown = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}...` : text
  return { type: 'other', value: `${kind}:${shown.replaceAll(/[^!-~]/g, '?')}` }
}

function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

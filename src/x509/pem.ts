// Turns whatever text people and CAs call PEM into exact DER, and DER into one form of PEM.
//
// Seen in the wild: CRLF, a byte order mark, blanks at line ends, indentation, no line breaks at all, no armour, text
// between blocks, no final newline. Libraries refuse some of these, each another one, so text is read here and nowhere else.
import { X509Error } from './errors.ts'

/** Far above the certificates that are accepted, since duplicates and other blocks count here; bounds hostile input. */
const MAX_PEM_BLOCKS = 200
/** RFC 7468, section 2: base64 lines of exactly 64 characters. */
const PEM_LINE_CHARACTERS = 64
/** The first byte of every DER structure read here (SEQUENCE). Base64 and PEM text never begin with this byte. */
const SEQUENCE_BYTE = 0x30

const DASHES = '-----'
const BEGIN = `${DASHES}BEGIN `
const LABEL = /^[A-Z0-9][A-Z0-9 #]{0,63}$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
/** RFC 1421 encapsulated headers (`Comment: ...`), which no base64 line can look like. */
const HEADER_LINE = /^[ \t]*[A-Za-z][A-Za-z0-9-]*:.*$/gm

export interface EncodedBlock {
  /** The PEM label, `NEW CERTIFICATE REQUEST` already as `CERTIFICATE REQUEST`. Absent for DER and bare base64. */
  readonly label?: string
  readonly der: Uint8Array
}

/**
 * Reads PEM (any number of blocks), bare base64 on one or many lines, or one DER structure.
 * Returns an empty list when the input is none of these.
 *
 * @throws {X509Error} TooLarge, MalformedPem
 */
export function readBlocks(
  input: string | Uint8Array,
  { maxBytes }: { readonly maxBytes: number },
): readonly EncodedBlock[] {
  if (input.length > maxBytes) throw new X509Error('TooLarge', `the input is larger than ${maxBytes} bytes`)
  if (typeof input !== 'string' && input[0] === SEQUENCE_BYTE) return [{ der: input }]
  const text = typeof input === 'string' ? input : new TextDecoder().decode(input)
  return text.includes(BEGIN) ? readPem(text) : readBareBase64(text)
}

/** One PEM block: LF line ends, lines of 64 characters, a newline at the end. */
export function writePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64')
  const lines: string[] = []
  for (let at = 0; at < base64.length; at += PEM_LINE_CHARACTERS) lines.push(base64.slice(at, at + PEM_LINE_CHARACTERS))
  return [`${BEGIN}${label}${DASHES}`, ...lines, `${DASHES}END ${label}${DASHES}`, ''].join('\n')
}

/** Walks from marker to marker, so that the time stays linear in the input however many markers it holds. */
function readPem(text: string): EncodedBlock[] {
  const blocks: EncodedBlock[] = []
  for (let begin = text.indexOf(BEGIN); begin >= 0; begin = text.indexOf(BEGIN, begin)) {
    if (blocks.length === MAX_PEM_BLOCKS) throw new X509Error('TooLarge', `more than ${MAX_PEM_BLOCKS} PEM blocks`)
    const labelStart = begin + BEGIN.length
    const labelEnd = text.indexOf(DASHES, labelStart)
    const label = text.slice(labelStart, Math.max(labelEnd, labelStart))
    if (!LABEL.test(label)) throw new X509Error('MalformedPem', 'a PEM block has no readable label')
    const bodyStart = labelEnd + DASHES.length
    // Base64 holds no dashes: the next ones must be this block's end, or the block was cut off.
    const bodyEnd = text.indexOf(DASHES, bodyStart)
    const end = `${DASHES}END ${label}${DASHES}`
    if (bodyEnd < 0 || !text.startsWith(end, bodyEnd)) {
      throw new X509Error('MalformedPem', 'a PEM block does not end, or ends with another label')
    }
    const der = decodeBase64(text.slice(bodyStart, bodyEnd).replaceAll(HEADER_LINE, ''))
    if (der === undefined) throw new X509Error('MalformedPem', 'a PEM block is empty or not base64')
    blocks.push({ label: label === 'NEW CERTIFICATE REQUEST' ? 'CERTIFICATE REQUEST' : label, der })
    begin = bodyEnd + end.length
  }
  return blocks
}

function readBareBase64(text: string): EncodedBlock[] {
  const der = decodeBase64(text)
  return der?.[0] === SEQUENCE_BYTE ? [{ der }] : []
}

/** Ignores white space, a byte order mark included. Undefined when anything else than base64 is left, or nothing. */
function decodeBase64(text: string): Uint8Array | undefined {
  const base64 = text.replaceAll(/\s+/g, '')
  // Buffer skips what it does not know; a lost character must not become a shorter certificate.
  return BASE64.test(base64) ? new Uint8Array(Buffer.from(base64, 'base64')) : undefined
}

// What the other end wrote, made fit for a condition: one short line that cannot hold a credential, even when a server
// echoes the request it got.

/** Characters of foreign text in one of our sentences: enough for SCM's longest message, short enough for kubectl. */
export const MAX_QUOTE_CHARS = 200
/** Shorter pieces of a secret occur by chance in ordinary words. */
const PIECE_CHARS = 8
/** A secret of three characters is in every other sentence; it cannot be kept by withholding. */
const LEAST_SECRET_CHARS = 4

export const WITHHELD = '(withheld: it repeated a credential)'

/** Control characters, line breaks, halves of characters and HTML tags out, blanks joined, bounded. A name may be 30 KB of `<`. */
export function oneLine(text: string, limit = MAX_QUOTE_CHARS): string {
  const line = text
    .toWellFormed()
    .replace(/<[^<>]*>/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const characters = [...line]
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('')}…`
}

/** Things in one sentence: enough to see a mistake, few enough for a condition. */
const MAX_LISTED = 8

/** `a, b and 5 more`. Foreign text is given what quotes it. */
export function listed(things: readonly string[], quote = (text: string): string => text): string {
  const more = things.length > MAX_LISTED ? ` and ${things.length - MAX_LISTED} more` : ''
  return `${quote(things.slice(0, MAX_LISTED).join(', '))}${more}`
}

/** SCM's messages are far below; a megabyte of HTML is not searched for secrets, it is cut. */
const MAX_SEARCHED_CHARS = 4_096

/**
 * A function that quotes foreign text. `secrets` is asked each time, because tokens change. Text that holds any eight
 * characters in a row of a secret, plain or as base64, URL, JSON or HTML would write them, is withheld whole.
 */
export function quoter(secrets: () => readonly string[]): (text: string) => string {
  // Only while there is memory for them: they take 500 times a secret, and tenants bring secrets of 64 KiB.
  const pieces = new Map<string, WeakRef<ReadonlySet<string>>>()
  return (text) => {
    const current = secrets()
    for (const known of pieces.keys()) if (!current.includes(known)) pieces.delete(known)
    const beginning = text.slice(0, MAX_SEARCHED_CHARS)
    // Searched as it came and as it will be shown: removing a tag may join what it had parted.
    const shown = oneLine(beginning, MAX_SEARCHED_CHARS)
    for (const secret of current) {
      const known = pieces.get(secret)?.deref()
      const held = known ?? piecesOf(secret)
      if (known === undefined) pieces.set(secret, new WeakRef(held))
      if (holdsPiece(beginning, held) || holdsPiece(shown, held)) return WITHHELD
    }
    return oneLine(beginning)
  }
}

function holdsPiece(text: string, pieces: ReadonlySet<string>): boolean {
  for (let start = 0; start + PIECE_CHARS <= text.length; start++) {
    if (pieces.has(text.slice(start, start + PIECE_CHARS))) return true
  }
  for (const piece of pieces) if (piece.length < PIECE_CHARS && text.includes(piece)) return true
  return false
}

/** Windows of eight characters; a shorter secret is one piece. */
function piecesOf(secret: string): ReadonlySet<string> {
  const pieces = new Set<string>()
  for (const form of formsOf(secret)) {
    if (form.length >= LEAST_SECRET_CHARS && form.length < PIECE_CHARS) pieces.add(form)
    for (let start = 0; start + PIECE_CHARS <= form.length; start++) pieces.add(form.slice(start, start + PIECE_CHARS))
  }
  return pieces
}

function formsOf(secret: string): string[] {
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
  // Where the secret begins inside a longer base64 text decides between three spellings; its edges mix with neighbours.
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret, 'utf8')
      .toString('base64')
      .replace(/=+$/, '')
    return encoded.slice(offset === 0 ? 0 : offset + 1, -1)
  })
  const form = new URLSearchParams({ '': secret }).toString().slice(1)
  return [secret, encodeURIComponent(secret), form, JSON.stringify(secret).slice(1, -1), html, ...base64]
}

// Looks for a credential in any text, in every spelling in which a program could have written it, whole or in pieces.

/** Eight characters in a row of a credential are too many: a guess needs only the rest. */
const PIECE_CHARS = 8

const HTML = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' } as const

/** Spellings of a text, by name. */
export function spellings(secret: string): Readonly<Record<string, string>> {
  // Its place in a longer text decides which of three spellings base64 has; the characters at the edges mix with neighbours.
  const base64 = (offset: number): string => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret).toString('base64')
    return encoded.slice(offset === 0 ? 0 : offset + 1).replace(/.=+$/, '')
  }
  const json = JSON.stringify(secret).slice(1, -1)
  return {
    plain: secret,
    JSON: json,
    'JSON twice': JSON.stringify(json).slice(1, -1),
    'JSON of Go': json.replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e'),
    URL: encodeURIComponent(secret),
    'URL in lower case': encodeURIComponent(secret).replace(/%../g, (escaped) => escaped.toLowerCase()),
    form: new URLSearchParams({ '': secret }).toString().slice(1),
    HTML: secret.replace(/[&<>"']/g, (character) => HTML[character as keyof typeof HTML]),
    base64: base64(0),
    'base64 after one byte': base64(1),
    'base64 after two bytes': base64(2),
    base64url: Buffer.from(secret).toString('base64url'),
  }
}

export interface Leak {
  readonly canary: string
  readonly spelling: string
  readonly piece: string
}

/** The canaries, by names that may be shown, of which a piece is in the text; one piece for each. */
export function leaksIn(text: string, canaries: Readonly<Record<string, string>>): readonly Leak[] {
  return Object.entries(canaries).flatMap(([canary, secret]) => {
    const leak = [...piecesOf(secret)].find(([piece]) => text.includes(piece))
    return leak === undefined ? [] : [{ canary, piece: leak[0], spelling: leak[1] }]
  })
}

/** Every piece in every spelling -> the first spelling that has it. Most spellings share most pieces. */
function piecesOf(secret: string): ReadonlyMap<string, string> {
  const pieces = new Map<string, string>()
  for (const [spelling, spelt] of Object.entries(spellings(secret))) {
    for (let start = 0; start + PIECE_CHARS <= spelt.length; start++) {
      const piece = spelt.slice(start, start + PIECE_CHARS)
      if (!pieces.has(piece)) pieces.set(piece, spelling)
    }
  }
  return pieces
}

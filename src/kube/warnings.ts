// What the API server says beside its answers: a deprecated version, a field that it does not know and has dropped.

/** A kind of warning is told once. Some name objects: without a bound, each would be another kind. */
const MOST_WARNINGS = 100
/** As much as the API server puts into one (k8s.io/apiserver pkg/endpoints/filters/warning.go truncates at 256 runes). */
const LONGEST_WARNING_CHARS = 512

/** RFC 7234 5.5, as the API server writes it: `299 - "text"`, with backslashes before quotes and backslashes. */
const WARNING = /\b299 \S+ "((?:[^"\\]|\\.)*)"/g

/** Takes `Warning` headers in, and hands on each text once. */
export class Warnings {
  readonly #tell: (text: string) => void
  readonly #told = new Set<string>()

  constructor(tell: (text: string) => void) {
    this.#tell = tell
  }

  read(header: string | readonly string[] | undefined): void {
    for (const [, quoted = ''] of String(header ?? '').matchAll(WARNING)) {
      const text = quoted.replaceAll(/\\(.)/g, '$1').slice(0, LONGEST_WARNING_CHARS)
      if (this.#told.has(text) || this.#told.size === MOST_WARNINGS) continue
      this.#told.add(text)
      this.#tell(text)
    }
  }
}

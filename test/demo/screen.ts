// What a person sees of the demo: steps on a time line, the commands as they could be typed, and what programs answer.
import { styleText } from 'node:util'

export interface Screen {
  /** A line without indentation, such as a title. */
  title(text: string): void
  /** Begins a step; its time counts from the screen's beginning. */
  step(text: string): void
  note(text: string): void
  /** A program and its arguments, quoted for a shell. */
  command(words: readonly string[]): void
  /** What a program wrote. */
  output(text: string): void
  /** Columns as wide as their widest cell; the first row is the heading. */
  table(rows: readonly (readonly string[])[]): void
  good(text: string): void
  bad(text: string): void
}

/** As wide as the times before the steps, so that everything else stands in one column. */
const INDENT = ' '.repeat(10)

/** Colours only where a terminal shows them (and NO_COLOR does not forbid them). */
export function createScreen(stream: NodeJS.WriteStream = process.stdout): Screen {
  const start = performance.now()
  type Format = Parameters<typeof styleText>[0]
  const styled = (format: Format, text: string): string => styleText(format, text, { stream })
  const write = (line: string): void => void stream.write(`${line.trimEnd()}\n`)
  const block = (text: string, format?: Format): void => {
    for (const line of text.trimEnd().split('\n')) write(`${INDENT}${format && line ? styled(format, line) : line}`)
  }
  return {
    title: (text) => write(styled('bold', text)),
    step(text) {
      write('')
      const time = `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(INDENT.length - 2)
      write(`${styled('dim', time)}  ${styled('bold', text)}`)
    },
    note: (text) => block(text),
    command: (words) => block(`$ ${words.map(quoted).join(' ')}`, 'cyan'),
    output(text) {
      if (text.trim() !== '') block(text)
    },
    table(rows) {
      const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
      for (const [number, row] of rows.entries()) {
        const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')
        block(line, number === 0 ? 'dim' : undefined)
      }
    },
    good: (text) => block(text, ['green', 'bold']),
    bad: (text) => block(text, ['red', 'bold']),
  }
}

/** A word as a shell would have to be given it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

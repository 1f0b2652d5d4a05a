// Log lines for people: time, level, message, then the fields as name=value.
import { z } from 'zod'

const lineSchema = z.looseObject({ time: z.string(), level: z.string(), msg: z.string().optional() })

/** Longest level name, so that messages line up. */
const LEVEL_WIDTH = 5

/** What may stand in a value without quotes. */
const PLAIN = /^[\p{L}\p{N}_.,:;/@+*()[\]-]+$/u

/**
 * One JSON log line as one readable line. Whatever a value holds, it stays one line: quotes, spaces and control
 * characters are escaped as in JSON, so that nothing logged can pretend to be another line.
 */
export function formatText(line: string): string {
  const { time, level, msg, ...fields } = lineSchema.parse(JSON.parse(line))
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${formatValue(value)}`)
  return `${time} ${level.toUpperCase().padEnd(LEVEL_WIDTH)} ${escapeControls(msg ?? '')}${rest.join('')}\n`
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return PLAIN.test(value) ? value : escapeControls(JSON.stringify(value))
  return escapeControls(JSON.stringify(value))
}

/** C0, DEL, C1 and the two Unicode line separators: whatever moves a terminal's cursor. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
}

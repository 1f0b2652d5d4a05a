// Bytes of a watch into events: one JSON document per line. Anything that is not an event ends the stream with an error,
// because an event that is skipped is a change that is lost until the next full list.
import type { KubeObject } from './resource.ts'

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Only `metadata.resourceVersion` means anything: everything up to it has been sent. */
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject }
  /** `object` is a Status; the stream ends after it. */
  | { readonly type: 'ERROR'; readonly object: unknown }

/** The bytes were not a sequence of events. Says what was wrong and never quotes them: they may be a Secret's. */
export class MalformedStream extends Error {
  override readonly name = 'MalformedStream'
}

/** The API server takes objects of up to 3 MiB; escaping and the envelope can make a line longer, but not without end. */
const LONGEST_LINE_CHARS = 8 * 1024 * 1024

/**
 * @param chunks as they arrive; characters and lines may be split anywhere between them.
 * @throws MalformedStream for bad UTF-8, bad JSON, something that is no event, a line over the cap, or a stream that ends within a line.
 */
export async function* watchEvents<T extends KubeObject>(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly longestLine?: number } = {},
): AsyncGenerator<WatchEvent<T>, void, void> {
  const longestLine = options.longestLine ?? LONGEST_LINE_CHARS
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = ''
  for await (const chunk of chunks) {
    const text = decode(decoder, chunk)
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      line += text.slice(from, end)
      from = end + 1
      if (line.length > longestLine) throw tooLong(longestLine)
      if (line.trim() !== '') yield parseEvent<T>(line)
      line = ''
    }
    line += text.slice(from)
    if (line.length > longestLine) throw tooLong(longestLine)
  }
  line += decode(decoder)
  if (line.trim() !== '') throw new MalformedStream('the stream ended within an event')
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw new MalformedStream('an event is not UTF-8')
  }
}

function parseEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch {
    throw new MalformedStream('an event is not JSON')
  }
  if (isEvent<T>(event)) return event
  throw new MalformedStream('a line is JSON but not a watch event')
}

function isEvent<T extends KubeObject>(value: unknown): value is WatchEvent<T> {
  const event = value as { type?: unknown; object?: Partial<KubeObject> | null } | null
  if (typeof event?.object !== 'object' || event.object === null) return false
  if (event.type === 'ERROR') return true
  if (typeof event.object.metadata?.resourceVersion !== 'string') return false
  if (event.type === 'BOOKMARK') return true
  if (event.type !== 'ADDED' && event.type !== 'MODIFIED' && event.type !== 'DELETED') return false
  return typeof event.object.metadata.name === 'string'
}

function tooLong(longestLine: number): MalformedStream {
  return new MalformedStream(`an event is longer than ${longestLine} characters`)
}

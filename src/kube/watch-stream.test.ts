import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from './resource.ts'
import { MalformedStream, watchEvents } from './watch-stream.ts'

const event = (name: string, resourceVersion: string) => ({
  type: 'ADDED',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, resourceVersion } },
})

async function* chunksOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

async function collect(chunks: AsyncIterable<Uint8Array>, longestLine?: number): Promise<unknown[]> {
  const events: unknown[] = []
  for await (const one of watchEvents<KubeObject>(chunks, longestLine === undefined ? {} : { longestLine }))
    events.push(one)
  return events
}

describe('watchEvents', () => {
  it('reads one event a line, wherever the bytes are split', async () => {
    const sent = [event('größe-日本-🦊', '1'), event('b', '2'), event('c', '3')]
    const bytes = Buffer.from(sent.map((one) => `${JSON.stringify(one)}\n`).join('\n'))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        expect(await collect(chunksOf(...chunks))).toEqual(sent)
      }),
    )
  })

  it('hands on bookmarks and errors', async () => {
    const bookmark = { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: '9' } } }
    const error = { type: 'ERROR', object: { kind: 'Status', code: 410 } }
    expect(await collect(chunksOf(`${JSON.stringify(bookmark)}\n${JSON.stringify(error)}\n`))).toEqual([
      bookmark,
      error,
    ])
  })

  it.each([
    ['bad JSON', '{"type":"ADDED","object":{canary}}\n', 'not JSON'],
    ['no event', '{"hello":"world"}\n', 'not a watch event'],
    ['null', 'null\n', 'not a watch event'],
    ['an unknown type', JSON.stringify({ ...event('a', '1'), type: 'RENAMED' }).concat('\n'), 'not a watch event'],
    ['no resourceVersion', '{"type":"BOOKMARK","object":{"metadata":{}}}\n', 'not a watch event'],
    ['no name', '{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}\n', 'not a watch event'],
    ['half a line', JSON.stringify(event('a', '1')), 'ended within an event'],
  ])('ends at %s without quoting it', async (_what, text, problem) => {
    const reading = collect(chunksOf(text))
    await expect(reading).rejects.toThrow(problem)
    await expect(reading).rejects.not.toThrow('canary')
  })

  it('ends at bytes that are not UTF-8', async () => {
    await expect(collect(chunksOf(Uint8Array.of(0x22, 0xff, 0x22, 0x0a)))).rejects.toThrow('not UTF-8')
    await expect(collect(chunksOf(Uint8Array.of(0xe6, 0x97)))).rejects.toThrow('not UTF-8')
  })

  it('gives the events before the fault', async () => {
    const got: unknown[] = []
    const read = async () => {
      for await (const one of watchEvents(chunksOf(`${JSON.stringify(event('a', '1'))}\n`, '{'))) got.push(one)
    }
    await expect(read()).rejects.toBeInstanceOf(MalformedStream)
    expect(got).toHaveLength(1)
  })

  it('holds no line without end', async () => {
    await expect(collect(chunksOf('x'.repeat(60), 'x'.repeat(60)), 100)).rejects.toThrow('longer than 100')
    await expect(collect(chunksOf(`${' '.repeat(101)}\n`), 100)).rejects.toThrow('longer than 100')
  })
})

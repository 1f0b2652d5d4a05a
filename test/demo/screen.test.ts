// The output is read by people and by programs, so what is printed for a pipe must be plain.
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createScreen, quoted } from './screen.ts'

async function shown(write: (screen: ReturnType<typeof createScreen>) => void): Promise<string[]> {
  const stream = new PassThrough()
  write(createScreen(stream as unknown as NodeJS.WriteStream))
  stream.end()
  return (await text(stream)).split('\n').slice(0, -1)
}

describe('a screen', () => {
  it('puts everything below its step, without colours where there is no terminal', async () => {
    const lines = await shown((screen) => {
      screen.step('Order')
      screen.command(['kubectl', 'get', 'certificates', '-l', 'a in (b)'])
      screen.output('NAME\nweb   \n\n')
      screen.output('\n')
      screen.good('done')
    })
    expect(lines.slice(0, 2)).toEqual(['', expect.stringMatching(/^ +\d\.\d s {2}Order$/)])
    expect(lines.slice(2)).toEqual([
      "          $ kubectl get certificates -l 'a in (b)'",
      '          NAME',
      '          web',
      '          done',
    ])
  })

  it('aligns the columns of a table', async () => {
    const lines = await shown((screen) =>
      screen.table([
        ['name', 'time'],
        ['shop/web', '2.1 s'],
      ]),
    )
    expect(lines).toEqual(['          name       time', '          shop/web   2.1 s'])
  })
})

describe('quoted', () => {
  it.each([
    ['--for=condition=Ready', '--for=condition=Ready'],
    ['allowedHosts={localhost:1}', "'allowedHosts={localhost:1}'"],
    ["it's", String.raw`'it'\''s'`],
    ['', "''"],
  ])('%s', (word, expected) => {
    expect(quoted(word)).toBe(expected)
  })
})

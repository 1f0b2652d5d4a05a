// A block that is not found is a block that is not tested.
import { describe, expect, it } from 'vitest'
import { codeBlocks, readmeBlock } from './readme.ts'

describe('codeBlocks', () => {
  it('finds every block in order, marked or not', () => {
    const fence = '```'
    const markdown = `text\n\n<!-- test: one -->\n${fence}sh\necho 1\n\necho 2\n${fence}\n\n${fence}yaml\na: b\n${fence}\n<!-- test: lost -->\n\n${fence}\nplain\n${fence}\n`
    expect(codeBlocks(markdown)).toEqual([
      { name: 'one', language: 'sh', code: 'echo 1\n\necho 2\n' },
      { name: undefined, language: 'yaml', code: 'a: b\n' },
      { name: undefined, language: '', code: 'plain\n' },
    ])
  })
})

describe('codeBlocks, given a block that it does not understand,', () => {
  it.each(['- a list\n  ```sh\n  rm\n  ```\n', '~~~\nrm\n~~~\n', '```sh\nrm\n'])('says so: %j', (markdown) => {
    expect(() => codeBlocks(markdown)).toThrow('not fenced by')
  })
})

describe('readmeBlock', () => {
  it('is the command that installs the chart', () => {
    expect(readmeBlock('install')).toMatch(/^helm install certwright charts\/certwright /)
  })

  it('says which one is missing', () => {
    expect(() => readmeBlock('nothing')).toThrow('README.md has no block marked "test: nothing"')
  })
})

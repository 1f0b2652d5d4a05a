// README.md's code blocks, so that what people copy from it is what tests run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../tools/root.ts'

export interface CodeBlock {
  /** From the marker on the line before the block, an HTML comment `test: NAME`; undefined without one. */
  readonly name: string | undefined
  /** `sh`, `yaml`, ... */
  readonly language: string
  readonly code: string
}

const BLOCK = /(?:^<!-- test: (?<name>[\w-]+) -->\n)?^```(?<language>\w*)\n(?<code>.*?)^```$/gms
const FENCE = /^\s*(?:```|~~~)/gm

/** @throws when there is a fence that begins or ends none of them, since what stands there would not be tested */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks = Array.from(markdown.matchAll(BLOCK), ({ groups = {} }) => ({
    name: groups['name'],
    language: groups['language'] ?? '',
    code: groups['code'] ?? '',
  }))
  const fences = markdown.match(FENCE)?.length ?? 0
  if (fences !== 2 * blocks.length) throw new Error('a code block is not fenced by ``` at the beginning of its lines')
  return blocks
}

/** In their order. */
export function readmeBlocks(): CodeBlock[] {
  return codeBlocks(readFileSync(join(root, 'README.md'), 'utf8'))
}

/** The marked block of that name. @throws when there is none */
export function readmeBlock(name: string): string {
  const block = readmeBlocks().find((candidate) => candidate.name === name)
  if (block === undefined) throw new Error(`README.md has no block marked "test: ${name}"`)
  return block.code.trim()
}

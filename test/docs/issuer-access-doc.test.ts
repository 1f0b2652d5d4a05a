// docs/issuer-access.md names what can be chosen as the code does; its examples run in test/e2e/allow.test.ts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ANNOTATIONS } from '../../src/api/overridden.ts'
import { root } from '../tools/root.ts'

it('docs/issuer-access.md has every annotation that is read, and no other', () => {
  const markdown = readFileSync(join(root, 'docs', 'issuer-access.md'), 'utf8')
  const rows = markdown.matchAll(/^\| `(\w+)` \| `(certwright\.dev\/[\w-]+)` \|/gm)
  expect(Object.fromEntries(Array.from(rows, ([, field, annotation]) => [field, annotation]))).toEqual(ANNOTATIONS)
})

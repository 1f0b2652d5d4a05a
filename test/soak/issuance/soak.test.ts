// Two minutes of what `npm run soak` does, as a process of its own.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { run } from '../../cluster/run.ts'
import { root } from '../../tools/root.ts'

/** The start of a control plane, two minutes, the longest calm end, and what a busy machine makes of it. */
const TIMEOUT_MS = 900_000

it('holds through two minutes of trouble', { timeout: TIMEOUT_MS }, async () => {
  const main = join(root, 'test', 'soak', 'issuance', 'main.ts')
  const { stdout } = await run(process.execPath, [main, '--minutes', '2', '--seed', '1'])
  console.log(stdout)
  expect(stdout).toContain('every need was ordered once, and everything has come right')
})

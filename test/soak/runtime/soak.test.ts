// A minute of what `npm run soak:runtime` does, as a process of its own: its memory is nobody else's.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { run } from '../../cluster/run.ts'
import { root } from '../../tools/root.ts'

/** A minute, the start of a control plane, and what a busy machine makes of it. */
const TIMEOUT_MS = 300_000

it('holds through a minute of faults', { timeout: TIMEOUT_MS }, async () => {
  const { stdout } = await run(process.execPath, [join(root, 'test', 'soak', 'runtime', 'main.ts'), '--minutes', '1'])
  console.log(stdout)
  expect(stdout).toContain('the store is what the API server lists')
})

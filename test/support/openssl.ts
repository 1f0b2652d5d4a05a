// Second opinion for tests: files made by the `openssl` program, which shares no code with what is tested.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Runs `openssl` in a directory of its own that holds `files`, and resolves to the bytes it wrote to the file `out`
 * (name it in `args`). Rejects with openssl's own words when it fails.
 */
export async function openssl(
  args: readonly string[],
  { files = {} }: { readonly files?: Readonly<Record<string, string | Uint8Array>> } = {},
): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'openssl-'))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
    await run('openssl', args, { cwd: directory })
    return await readFile(join(directory, 'out'))
  } finally {
    await rm(directory, { recursive: true })
  }
}

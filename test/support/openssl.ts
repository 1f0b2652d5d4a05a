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

/**
 * Lets `openssl verify` judge a chain (leaf first, PEM) against a root, with no trust of the machine's own. Rejects with
 * openssl's words when it does not accept it; resolves to what it said.
 */
export async function opensslVerify({
  chain,
  root,
}: {
  readonly chain: string
  readonly root: string
}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'openssl-'))
  try {
    await writeFile(join(directory, 'root.pem'), root)
    await writeFile(join(directory, 'chain.pem'), chain)
    const args = [
      'verify',
      '-no-CAfile',
      '-no-CApath',
      '-x509_strict',
      '-trusted',
      'root.pem',
      '-untrusted',
      'chain.pem',
      'chain.pem',
    ]
    return (await run('openssl', args, { cwd: directory })).stdout.trim()
  } finally {
    await rm(directory, { recursive: true })
  }
}

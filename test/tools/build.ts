// Bundles the operator into one file: it starts three times faster than from node_modules and takes 60 MB less memory.
import { chmod, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { build as bundle } from 'esbuild'
import { root } from './root.ts'

/** Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have. */
const BANNER = `#!/usr/bin/env node
import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url)
`

/** Writes dist/certwright.js and returns its path. Replaced in one step: an operator may be starting from it. */
export async function build(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  const outfile = join(root, 'dist', 'certwright.js')
  const draft = `${outfile}.${process.pid}`
  await bundle({
    entryPoints: [join(root, 'src', 'main.ts')],
    outfile: draft,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: BANNER },
    define: { CERTWRIGHT_VERSION: JSON.stringify(version) },
    // Names in stack traces and logs stay what they are in the sources.
    keepNames: true,
    // Node keeps the text in memory, twice as large when a comment has a typographic quote. Short lines, because a crash shows one.
    minifyWhitespace: true,
    lineLimit: 200,
    logLevel: 'warning',
  })
  await chmod(draft, 0o755)
  await rename(draft, outfile)
  return outfile
}

if (import.meta.main) process.stdout.write(`${await build()}\n`)

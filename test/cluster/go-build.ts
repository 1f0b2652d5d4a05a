// Builds the programs of one Go module from source, once per machine and version.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { acquireLock } from '../tools/lock.mjs'
import type { GoModule } from './program-names.ts'
import { progress } from './progress.ts'
import { RunError, run } from './run.ts'

export interface BuildOptions {
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** The oldest Go that the modules in go/ accept: 1.26. */
const OLDEST_GO_MINOR = 26

const sources = fileURLToPath(new URL('go', import.meta.url))

/** The version of the Go on PATH, such as `go1.26.8`, or undefined when there is none. */
export async function goVersion(): Promise<string | undefined> {
  // Outside of any module, so that no go.mod makes Go switch to another toolchain first.
  const asked = run('go', ['env', 'GOVERSION'], { cwd: tmpdir() })
  return asked.then(({ stdout }) => stdout.trim()).catch(() => undefined)
}

/**
 * The folder with what `module` makes; instant when it was built before. Two builds at once do not disturb each other: the
 * second waits for the first, and a folder appears under its name only when it is complete.
 */
export async function buildGoModule(module: GoModule, { log, signal }: BuildOptions): Promise<string> {
  const version = await goVersion()
  if (version === undefined || Number(version.split('.')[1]) < OLDEST_GO_MINOR) {
    const found = version === undefined ? '' : `, not ${version}`
    throw new Error(`building ${module.title} needs Go 1.${OLDEST_GO_MINOR} or newer on PATH${found}`)
  }
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'certwright', 'programs')
  const done = join(cache, `${module.folder}-${await keyOf(module, version)}`)
  if (existsSync(done)) return done
  const release = await acquireLock(join(cache, 'locks', module.folder), {
    onWait: (holder) => log(`process ${holder} is building ${module.title}; waiting for it`),
    ...(signal ? { signal } : {}),
  })
  try {
    if (!existsSync(done)) await build(module, done, { log, signal })
    return done
  } finally {
    await release()
  }
}

async function build(module: GoModule, done: string, { log, signal }: BuildOptions): Promise<void> {
  // Only the holder of the lock writes here; what an interrupted build left goes first.
  const draft = `${done}.draft`
  const logFile = `${done}.log`
  const cwd = join(sources, module.folder)
  let output = ''
  const report = progress(
    `building ${module.title} (once; ${module.coldBuild} on a new machine, under 1 min with Go's cache)`,
    {
      log,
      detail: () => `${output.split('\n').length - 1} packages compiled`,
    },
  )
  const go = (args: readonly string[]) =>
    run('go', args, {
      cwd,
      env: { ...process.env, GOFLAGS: '-trimpath -buildvcs=false', CGO_ENABLED: '0' },
      ...(signal ? { signal } : {}),
      onStderr: (text) => {
        output += text
      },
    })
  try {
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { recursive: true })
    for (const { name = '', args } of module.builds) await go(['build', '-v', '-o', `${draft}/${name}`, ...args])
    if (module.keeps) {
      const { stdout } = await go(['list', '-m', '-f', '{{.Dir}}', module.keeps.module])
      const kept = join(draft, module.keeps.as)
      await cp(join(stdout.trim(), module.keeps.folder), kept, { recursive: true })
      // Files in Go's module cache are read-only, and so would these be: impossible to remove again.
      await run('chmod', ['-R', 'u+w', kept])
    }
    await rename(draft, done)
    report.done()
  } catch (error) {
    report.failed()
    if (!(error instanceof RunError)) throw error
    await writeFile(logFile, output + error.stdout)
    throw new Error(`building ${module.title} failed; the whole output is in ${logFile}\n${error.message}`)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Changes whenever the result would. */
async function keyOf(module: GoModule, version: string): Promise<string> {
  const inputs = [module.builds, module.keeps, version, process.platform, process.arch]
  const hash = createHash('sha256').update(JSON.stringify(inputs))
  const folder = join(sources, module.folder)
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort(byPath)) {
    if (entry.isFile() && /\.(go|mod|sum)$/.test(entry.name)) hash.update(await readFile(pathOf(entry)))
  }
  return hash.digest('hex').slice(0, 16)
}

function pathOf(entry: { readonly parentPath: string; readonly name: string }): string {
  return join(entry.parentPath, entry.name)
}

function byPath(a: Parameters<typeof pathOf>[0], b: Parameters<typeof pathOf>[0]): number {
  return pathOf(a) < pathOf(b) ? -1 : 1
}

// The rooms of src/ and which of them may know which. Data first; the check is the few functions below it.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { root } from './root.ts'

export interface Arrow {
  /** A room, or one file of it, as a path below src/. */
  readonly to: string
  readonly typesOnly?: true
}

/**
 * From each room to what its files may import beside their own room. Files directly in src/ are the room `main`.
 * Drawn so that the decisions (issuance) can be tested without a cluster, and a CA's code without Kubernetes.
 */
export const arrows: Readonly<Record<string, readonly Arrow[]>> = {
  main: ['controllers', 'issuance', 'backends', 'x509', 'api', 'runtime', 'kube'].map((to) => ({ to })),
  controllers: ['issuance', 'backends', 'x509', 'api', 'runtime', 'kube'].map((to) => ({ to })),
  issuance: [
    { to: 'x509' },
    { to: 'api' },
    { to: 'backends/backend.ts', typesOnly: true },
    { to: 'backends/backend-error.ts', typesOnly: true },
  ],
  backends: [{ to: 'x509' }, { to: 'api' }],
  runtime: [{ to: 'kube' }],
  api: [{ to: 'kube/resource.ts', typesOnly: true }],
  x509: [],
  kube: [],
}

export interface Import {
  readonly specifier: string
  readonly typesOnly: boolean
}

/** Static imports and re-exports begin a line in formatted code; the last form is `import('...')`, as a call or in a type. */
const STATEMENT = /^(?:import|export)\s+(?<type>type\s+)?(?:[\w*{][^'"`;]*?\sfrom\s+)?['"](?<specifier>[^'"\n]+)['"]/gm
const EXPRESSION = /\bimport\(\s*['"](?<specifier>[^'"\n]+)['"]\s*[,)]/g

export function importsOf(source: string): Import[] {
  const code = source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')
  return [STATEMENT, EXPRESSION].flatMap((form) =>
    Array.from(code.matchAll(form), ({ groups = {} }) => ({
      specifier: groups['specifier'] ?? '',
      typesOnly: groups['type'] !== undefined,
    })),
  )
}

/** @param files their text by path below src/, such as `kube/client.ts` */
export function violations(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, source]) =>
    importsOf(source)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .flatMap((imported) => {
        const problem = problemOf(file, join(dirname(file), imported.specifier), imported.typesOnly)
        return problem === undefined ? [] : [`src/${file} imports ${imported.specifier}: ${problem}`]
      }),
  )
}

/** What is wrong with `file` importing `target`, both below src/. */
function problemOf(file: string, target: string, typesOnly: boolean): string | undefined {
  const isTest = isTestFile(file)
  if (target.startsWith(`..${sep}`)) return isTest ? undefined : 'only tests may import what is outside of src'
  if (isTestFile(target) && !isTest) return 'only tests may import what is there for tests'
  const from = roomOf(file)
  const to = roomOf(target)
  const allowed = arrows[from]
  if (allowed === undefined) return `src/${from} is not a room of the house`
  if (from === to) return sameRoomProblem(file, target)
  const arrow = allowed.find((candidate) => candidate.to === to || candidate.to === target)
  // A test may hold a room's types against another's, since that is how two descriptions of one thing are kept equal.
  if (typesOnly && isTest) return undefined
  if (arrow === undefined) return `${from} may not know ${to}`
  return arrow.typesOnly && !typesOnly ? `${from} may only import types from ${arrow.to}` : undefined
}

/** One CA's code knows nothing of another's, and the contract between them and the core knows none. */
function sameRoomProblem(file: string, target: string): string | undefined {
  const [room, from] = foldersOf(file)
  const [, to] = foldersOf(target)
  if (room !== 'backends' || to === undefined || from === to) return undefined
  return `backends/${from ?? 'backend.ts'} may not know backends/${to}`
}

/** Tests are beside the code; what several of them share is in a folder `testing`. */
function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') || foldersOf(path).includes('testing')
}

function roomOf(path: string): string {
  return foldersOf(path)[0] ?? 'main'
}

function foldersOf(path: string): string[] {
  return path.split(sep).slice(0, -1)
}

/** All sources, as {@link violations} takes them. */
export function readSources(): Map<string, string> {
  const src = join(root, 'src')
  return new Map(
    readdirSync(src, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(src, path), readFileSync(path, 'utf8')]),
  )
}

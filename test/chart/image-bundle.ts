// The stage `build` of the Dockerfile without a container engine: its commands, on the files that it copies and no others.
import { cp, symlink } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../cluster/run.ts'
import { stage } from './dockerfile.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Taken as done: the repository's own node_modules is what it makes. */
const INSTALL = 'npm ci --ignore-scripts'

/** Builds in the empty `folder`, which stands for the stage's working directory. Throws with what a command wrote. */
export async function buildBundle(folder: string): Promise<void> {
  const { said } = stage('build')
  for (const copy of said('COPY')) {
    const words = copy.split(' ')
    const target = words.pop() ?? ''
    for (const source of words) {
      // COPY puts files into a directory that is named with a slash at the end, and else under the name given.
      const to = target.endsWith('/') ? join(folder, target, basename(source)) : join(folder, target)
      await cp(join(ROOT, source), to, { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
    }
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const env = { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) }
  for (const command of said('RUN').filter((line) => line !== INSTALL)) {
    await run('sh', ['-euc', command], { cwd: folder, env })
  }
}

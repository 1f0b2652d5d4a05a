// The image's file system without a container engine: made by the Dockerfile's own commands, entered as the image's user.
import { chmod, copyFile, mkdir, mkdtemp, mkdtempDisposable, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { run } from '../cluster/run.ts'
import { stage } from './dockerfile.ts'
import { buildBundle } from './image-bundle.ts'

/** A command line. */
export type Command = readonly [program: string, ...args: string[]]

export interface ImageRoot {
  readonly folder: string
  /** Adds a file that everybody may read, as a mounted volume would. */
  add(path: string, content: string): Promise<void>
  /** The command line that runs `command`, seen from inside, confined as the chart's security context would. */
  confined(command: Command): Command
}

const IS_ROOT = process.getuid?.() === 0
const READABLE = 0o444
const ENTERABLE = 0o755

/**
 * Builds the image's file system in a new folder below the system's temporary one; the caller removes it. Throws a
 * sentence that says what this machine lacks.
 */
export async function buildImageRoot(): Promise<ImageRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'certwright-image-'))
  await chmod(folder, ENTERABLE)
  const confined = (command: Command): Command => (IS_ROOT ? asRoot(folder, command) : asAnyone(folder, command))
  const add = async (path: string, write: (target: string) => Promise<void>): Promise<void> => {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await write(target)
    await chmod(target, READABLE)
  }
  try {
    await possible(async () => {
      const [program = '', ...args] = [
        ...(IS_ROOT ? [] : AS_ROOT_OF_A_USER_NAMESPACE),
        'sh',
        '-c',
        rootfsScript(folder),
      ]
      await run(program, args)
      const [enter, ...rest] = confined(['/usr/local/bin/node', '--version'])
      await run(enter, rest)
    })
    await using work = await mkdtempDisposable(join(tmpdir(), 'certwright-build-'))
    await buildBundle(work.path)
    for (const [from, to] of copiedFromBuild()) await add(to, (target) => copyFile(join(work.path, from), target))
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return { folder, confined, add: (path, content) => add(path, (target) => writeFile(target, content)) }
}

/** Says what it takes when `attempt` fails. */
async function possible(attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt()
  } catch (cause) {
    throw new Error(
      'the image could not be imitated on this machine. That takes Debian or Ubuntu with util-linux, and either root ' +
        '(in a container: with the capabilities SYS_CHROOT, SETUID and SETGID, which are there by default) or a user ' +
        `who may create user namespaces. ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

/** What the last stage takes from the stage `build`: from a path in its working directory, to a path in the image. */
function copiedFromBuild(): [from: string, to: string][] {
  const [directory = ''] = stage('build').said('WORKDIR')
  return stage()
    .said('COPY')
    .flatMap((copy) => {
      const [flag, from = '', to = ''] = copy.split(' ')
      return flag === '--from=build' ? [[relative(directory, from), to]] : []
    })
}

/** What the stage `rootfs` runs, with this machine's Node and another folder in the place of the two it names. */
function rootfsScript(folder: string): string {
  const [script = ''] = stage('rootfs').said('RUN')
  const places = [
    ['node=/usr/local/bin/node;', `node='${process.execPath}';`],
    ['root=/rootfs;', `root='${folder}';`],
  ] as const
  return places.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the stage rootfs does not say ${from}`)
    return text.replace(from, to)
  }, script)
}

const AS_ROOT_OF_A_USER_NAMESPACE = ['unshare', '--user', '--map-root-user'] as const

/** Root made every file, so that the user can write none of them. */
function asRoot(folder: string, command: Command): Command {
  return ['setpriv', '--no-new-privs', 'unshare', `--root=${folder}`, '--wd=/', ...userAndGroup('set'), ...command]
}

/** The caller made every file, and is the user seen from the inside: only a read-only mount keeps it from writing. */
function asAnyone(folder: string, command: Command): Command {
  const script = `mount --bind "$0" "$0"; mount --options remount,bind,ro "$0"; exec "$@"`
  const enter = ['unshare', '--user', ...userAndGroup('map-'), `--root=${folder}`, '--wd=/', ...command]
  return [...AS_ROOT_OF_A_USER_NAMESPACE, '--mount', 'sh', '-euc', script, folder, ...enter]
}

function userAndGroup(verb: 'set' | 'map-'): string[] {
  const [user, group] = (stage().said('USER').at(-1) ?? '').split(':')
  return verb === 'set' ? [`--setuid=${user}`, `--setgid=${group}`] : [`--map-user=${user}`, `--map-group=${group}`]
}

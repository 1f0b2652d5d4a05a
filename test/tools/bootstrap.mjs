// node test/tools/bootstrap.mjs ENTRY.ts [ARGUMENTS]: installs what is missing, then runs a TypeScript entry on the pinned Node.
//
// Plain JavaScript without dependencies, for any Node from 20 on: it is what a fresh clone runs first. The Node that the
// project is written for comes as an npm package, so `npm ci` is all that has to happen before.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { acquireLock } from './lock.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Type stripping and the language the sources use. */
const OLDEST_NODE_FOR_SOURCES = 24

/** A line often enough to be believed. */
const PROGRESS_MS = 10_000

/**
 * What npm exports to its scripts (`npm_config_omit`, `npm_config_global`, ...) would be read by the npm started here as if
 * it had been asked for. Only what says how to reach the registry is passed on.
 */
const KEPT_NPM_SETTINGS =
  /^npm_config_(registry|cafile|ca|cert|key|proxy|https?_proxy|no_?proxy|strict_ssl|cache|userconfig|globalconfig|\/\/.*|@.*)$/i

async function main([entry, ...args]) {
  if (entry === undefined) return fail('usage: node test/tools/bootstrap.mjs ENTRY.ts [ARGUMENTS]')
  if (!dependenciesInstalled()) {
    const release = await acquireLock(join(root, '.run', 'locks', 'dependencies'), {
      onWait: (holder) => say(`process ${holder} is installing the dependencies; waiting for it`),
    })
    try {
      if (!dependenciesInstalled() && !(await install())) return
    } finally {
      await release()
    }
  }
  const node = nodeForSources()
  if (node === undefined) {
    return fail(
      `there is no pinned Node for ${process.platform}-${process.arch} and this one is ${process.version}: ` +
        `run it with Node ${OLDEST_NODE_FOR_SOURCES} or newer`,
    )
  }
  // The entry's own relative path is the repository's; its arguments' are the caller's.
  const child = spawn(node, [join(root, entry), ...args], { stdio: 'inherit' })
  // A terminal tells both of a Ctrl-C: passed on, it would come twice, perhaps when the child has just let go of its handlers.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

/**
 * Whether node_modules holds exactly what package-lock.json names. npm leaves its own record of what it installed, written
 * last, so an interrupted installation does not count. Packages for other platforms are in the lock file only.
 */
function dependenciesInstalled() {
  try {
    const wanted = packagesOf('package-lock.json')
    const installed = packagesOf(join('node_modules', '.package-lock.json'))
    return (
      Object.entries(wanted).every(([path, { version, optional }]) =>
        path === '' || installed[path] === undefined ? path === '' || optional : installed[path].version === version,
      ) && Object.keys(installed).every((path) => wanted[path] !== undefined)
    )
  } catch {
    return false
  }
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages
}

/** @returns {Promise<boolean>} false when it failed and said so */
async function install() {
  const count = Object.keys(packagesOf('package-lock.json')).length
  const logFolder = mkdtempSync(join(tmpdir(), 'certwright-npm-ci-'))
  const logFile = join(logFolder, 'output.log')
  say(`installing up to ${count} npm packages (20 s to 1 min) ...`)
  const start = Date.now()
  const elapsed = () => `${Math.round((Date.now() - start) / 1000)} s`
  const timer = setInterval(() => say(`installing npm packages: ${elapsed()}`), PROGRESS_MS)
  const log = openSync(logFile, 'a')
  const [npm, args] = npmCommand()
  const child = spawn(
    npm,
    [...args, 'ci', '--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'],
    {
      cwd: root,
      env: environmentForNpm(),
      stdio: ['ignore', log, log],
    },
  )
  const ending = (signal) => child.kill(signal)
  process.on('SIGINT', ending).on('SIGTERM', ending)
  const code = await new Promise((resolve) => child.on('error', (error) => resolve(error.message)).on('exit', resolve))
  process.off('SIGINT', ending).off('SIGTERM', ending)
  clearInterval(timer)
  if (code === 0) {
    say(`npm packages installed in ${elapsed()}`)
    rmSync(logFolder, { recursive: true })
    return true
  }
  fail(`npm ci failed (${code}); its output is in ${logFile}\n${readFileSync(logFile, 'utf8').trim().slice(-2000)}`)
  return false
}

/** The npm that runs us, if one does; else the one on PATH. */
function npmCommand() {
  const running = process.env.npm_execpath
  return running?.endsWith('npm-cli.js') ? [process.execPath, [running]] : ['npm', []]
}

function environmentForNpm() {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || KEPT_NPM_SETTINGS.test(name))
  // In production npm leaves the tools out.
  return { ...Object.fromEntries(kept), NODE_ENV: '' }
}

/** The pinned Node where it runs (its packages are for glibc), else this one if it is new enough. */
function nodeForSources() {
  const pinned = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned
  return Number(process.versions.node.split('.')[0]) >= OLDEST_NODE_FOR_SOURCES ? process.execPath : undefined
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

function fail(line) {
  say(line)
  process.exitCode = 1
}

await main(process.argv.slice(2))

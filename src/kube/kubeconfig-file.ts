// Kubeconfig files, read by client-node, with what that leaves out: `tokenFile`, the folder that a plugin's relative
// command belongs to, and a word about impersonation that it would silently do by half.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { KubeConfigError } from './config-error.ts'

type Fields = Readonly<Record<string, unknown>>
type User = KubeConfig['users'][number]

/** client-node sends `as` alone: that would be other rights than were asked for. */
const UNSUPPORTED_USER_FIELDS = ['as-uid', 'as-groups', 'as-user-extra']

/**
 * @param paths as in KUBECONFIG: later files add to the first, and the first that names a current context decides
 * @throws KubeConfigError
 */
export function readKubeconfigs(paths: readonly string[]): KubeConfig {
  const merged = new KubeConfig()
  for (const path of paths) {
    try {
      merged.mergeConfig(readOne(path), Boolean(merged.getCurrentContext()))
    } catch (error) {
      throw new KubeConfigError(`kubeconfig ${path}: ${problemOf(error, path)}`)
    }
  }
  return merged
}

function readOne(path: string): KubeConfig {
  const config = new KubeConfig()
  config.loadFromFile(path)
  const fields = fieldsOfUsers(readFileSync(path, 'utf8'))
  config.users = config.users.map((user) => completed(user, fields.get(user.name) ?? {}, dirname(path)))
  return config
}

function completed(user: User, fields: Fields, folder: string): User {
  const unsupported = UNSUPPORTED_USER_FIELDS.find((field) => fields[field] !== undefined)
  if (unsupported !== undefined) throw new KubeConfigError(`users "${user.name}": ${unsupported} is not supported`)
  const { token, ...others } = user
  // The second name is client-node's own, which reads the file once and never again.
  const tokenFile = fields['tokenFile'] ?? fields['token-file']
  const command: unknown = user.exec?.command
  return {
    ...others,
    ...(typeof tokenFile === 'string'
      ? { authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, tokenFile) } } }
      : token !== undefined && { token }),
    // A bare name is looked for in PATH.
    ...(typeof command === 'string' &&
      command.includes('/') && { exec: { ...user.exec, command: resolve(folder, command) } }),
  }
}

/** Each user's fields as they are written, by name. client-node has read the same text before. */
function fieldsOfUsers(text: string): ReadonlyMap<string, Fields> {
  const document = parse(text, { logLevel: 'error' }) as { users?: readonly { name: string; user?: Fields }[] }
  return new Map(document.users?.map(({ name, user }) => [name, user ?? {}]))
}

/** js-yaml's message quotes the file, which holds keys: only its reason and line are kept. */
function problemOf(error: unknown, file: string): string {
  if (error instanceof KubeConfigError) return error.message
  const { code, path, reason, mark, message } = error as Partial<
    Record<'code' | 'path' | 'reason' | 'message', string> & { mark: { line: number } }
  >
  if (code !== undefined) return path === file ? `cannot be read (${code})` : `cannot read ${path} (${code})`
  if (reason !== undefined) return `not YAML: ${reason}${mark ? ` in line ${mark.line + 1}` : ''}`
  const named = /^(?:(?:clusters|users|contexts)\[\d+\]\S* is missing|Duplicate (?:cluster|user|context): .*)$/
  return message !== undefined && named.test(message) ? message : 'not a kubeconfig'
}

// Replays one example and compares its answer. Resolves with one line for every difference; none: as documented.
import type { Example, FileKind, Subject } from './example.ts'
import { differences } from './shape.ts'
import type { Reply, World } from './world.ts'

export async function replay(world: World, example: Example): Promise<string[]> {
  const { control } = world.simulator
  await control.reset()
  if (example.settings) await control.patchSettings(example.settings)
  const subject = (await example.given?.(world)) ?? {}
  const [method = '', path = ''] = example.call.split(' ')
  const reply = await world.send({
    method,
    path: fill(path, subject, world),
    type: example.type,
    accept: example.accept,
    password: example.password,
    body: await example.body?.(subject, world),
  })
  if (reply.status !== example.status) {
    return [`status is ${reply.status}, wanted ${example.status}; ${reply.text.slice(0, 200)}`]
  }
  return [...headerDifferences(example, reply), ...bodyDifferences(example, reply)]
}

/** Puts ids where the example has its own. @throws when the test made none of that name. */
function fill(path: string, subject: Subject, { orgId, profiles }: World): string {
  const values: Record<string, unknown> = {
    orgId,
    clientProfile: profiles.client,
    deviceProfile: profiles.device,
    ...subject,
  }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`nothing was made for {${name}}`)
    // The examples send `@` and `:` as they are.
    return encodeURIComponent(String(value)).replace(/%40/g, '@').replace(/%3A/g, ':')
  })
}

function headerDifferences({ answer, file, headers }: Example, reply: Reply): string[] {
  const media = answer === undefined ? (file === undefined ? [] : [FILE_TYPE]) : [JSON_TYPE]
  const wanted = [...media, ...Object.entries(headers ?? {})]
  return wanted.flatMap(([name, pattern]) => {
    const value = String(reply.headers[name] ?? '')
    return pattern.test(value) ? [] : [`header ${name} is "${value}", wanted ${pattern.source}`]
  })
}

// The charset differs between examples of one kind, so it is no part of the comparison.
const JSON_TYPE = ['content-type', /^application\/json(;|$)/] as const
const FILE_TYPE = ['content-type', /^application\/octet-stream(;|$)/] as const

const FILES: Readonly<Record<FileKind, RegExp>> = {
  pkcs7: /^-----BEGIN PKCS7-----\s[A-Za-z0-9+/=\s]+-----END PKCS7-----\s*$/,
  pemBlocks: /^(-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*){2,}$/,
  bytes: /^[\s\S]+$/,
}

function bodyDifferences({ answer, file }: Example, reply: Reply): string[] {
  if (file !== undefined)
    return FILES[file].test(reply.text) ? [] : [`the body is no ${file}: ${reply.text.slice(0, 80)}`]
  if (answer === undefined) return reply.text === '' ? [] : [`wanted no body, got ${reply.text.slice(0, 80)}`]
  try {
    return differences(answer, JSON.parse(reply.text))
  } catch {
    return [`the body is no JSON: ${reply.text.slice(0, 80)}`]
  }
}

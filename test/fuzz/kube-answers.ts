// What must hold for whatever comes from the API server, or from what stands in front of it: each reader of it is here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { MockAgent } from 'undici'
import { secrets } from '../../src/controllers/credential-source.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { KubeConfigError } from '../../src/kube/config-error.ts'
import type { KubeConnection } from '../../src/kube/connection.ts'
import { errorFromAnswer, errorFromEvent, KubeError } from '../../src/kube/errors.ts'
import { readKubeconfigs } from '../../src/kube/kubeconfig-file.ts'
import { Warnings } from '../../src/kube/warnings.ts'
import { MalformedStream, watchEvents } from '../../src/kube/watch-stream.ts'
import type { Property } from './property.ts'

const asked = { verb: 'list', resource: 'secrets' }
const word = fc.constantFrom(
  ...['kind', 'Status', 'List', 'metadata', 'name', 'resourceVersion', 'continue', 'items', 'type', 'object', 'ADDED'],
  ...[
    'MODIFIED',
    'DELETED',
    'BOOKMARK',
    'ERROR',
    'code',
    'reason',
    'message',
    'details',
    'retryAfterSeconds',
    '__proto__',
  ],
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(word, fc.constantFrom(null, 0, -1, 410, 1e300, true, ''), fc.string()),
    fc.dictionary(word, tie('json'), { maxKeys: 4 }),
    fc.array(tie('json'), { maxLength: 3 }),
  ),
}))
const like = fc.record(
  { kind: fc.constant('Status'), code: json, reason: json, message: json, details: json },
  { requiredKeys: ['kind'] },
)
const object = fc.record({ metadata: fc.record({ name: json, resourceVersion: json }, { requiredKeys: [] }) })
const list = fc.record({
  metadata: fc.record({ resourceVersion: fc.oneof(fc.constant('7'), json), continue: json }, { requiredKeys: [] }),
  items: fc.oneof(json, fc.array(fc.oneof(object, json), { maxLength: 3 })),
})
const body = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.oneof(json, like, object, list).map((any) => JSON.stringify(any)),
)

const agent = new MockAgent()
agent.disableNetConnect()
const SERVER = 'https://kubernetes.example'
const connection: KubeConnection = {
  server: new URL(SERVER),
  namespace: 'certwright',
  session: async () => ({ headers: {}, calls: agent, watches: agent }),
  renew: async () => false,
  close: async () => {},
}
const client = new KubeClient({ connection, userAgent: 'fuzz', sleep: async () => {} })

/** What is read of one answer; undefined: a KubeError. */
async function answered<A>(status: number, text: string, read: () => Promise<A>): Promise<A | undefined> {
  const reply = agent
    .get(SERVER)
    .intercept({ path: () => true, method: () => true })
    .reply(status, text)
  reply.times(5)
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    return undefined
  } finally {
    agent.get(SERVER).cleanMocks()
  }
}

function isObject({ metadata }: { readonly metadata: { readonly name: unknown; readonly resourceVersion: unknown } }) {
  return typeof metadata.name === 'string' && typeof metadata.resourceVersion === 'string'
}

const status = fc.constantFrom(200, 201, 301, 400, 401, 404, 409, 410, 422, 429, 500, 503, 504)

export const kubeAnswers: readonly Property[] = [
  {
    name: 'a list has objects and a version, or is refused with a code',
    property: fc.asyncProperty(status, body, async (code, text) => {
      const page = await answered(code, text, () => client.list(secrets, {}))
      if (page === undefined) return true
      const { items, resourceVersion, continue: next } = page
      return (
        items.every(isObject) && typeof resourceVersion === 'string' && ['string', 'undefined'].includes(typeof next)
      )
    }),
  },
  {
    name: 'an object has a name and a version, or is refused with a code',
    property: fc.asyncProperty(status, body, async (code, text) => {
      const ref = { namespace: 'shop', name: 'scm' }
      const found = await answered(code, text, () => client.get(secrets, ref))
      return found === undefined || isObject(found)
    }),
  },
  {
    name: 'a watch of any bytes, however they are split, is events, or ends with a code',
    property: fc.asyncProperty(
      fc.array(
        fc.oneof(
          body,
          fc.record({ type: word, object: fc.oneof(object, json) }).map((any) => JSON.stringify(any)),
        ),
      ),
      fc.integer({ min: 1, max: 30 }),
      async (lines, size) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const chunks = async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
        }
        try {
          for await (const event of watchEvents(chunks())) {
            if (event.type === 'ERROR') errorFromEvent(asked, event.object)
            else if (event.type !== 'BOOKMARK' && !isObject(event.object)) return false
          }
          return true
        } catch (error) {
          return error instanceof MalformedStream
        }
      },
    ),
  },
  {
    name: 'an error of the API server is bounded, and a pause that it asks for is one',
    property: fc.property(
      status,
      fc.option(fc.oneof(fc.string(), fc.nat().map(String), fc.date().map(String)), { nil: undefined }),
      body,
      json,
      (code, retryAfter, text, event) => {
        const errors = [errorFromAnswer(asked, { status: code, retryAfter, body: text }), errorFromEvent(asked, event)]
        return errors.every(
          ({ message, reason, retryAfterMs = 0 }) =>
            message.length <= LONGEST_MESSAGE && typeof reason === 'string' && retryAfterMs >= 0,
        )
      },
    ),
  },
  {
    name: 'a warning is told once, bounded',
    property: fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.string().map((said) => `299 - "${said}"`),
        ),
      ),
      (headers) => {
        const told: string[] = []
        new Warnings((warning) => told.push(warning)).read(headers)
        return new Set(told).size === told.length && told.every((warning) => warning.length <= LONGEST_MESSAGE)
      },
    ),
  },
  {
    name: 'a kubeconfig of any text is read, or refused with a code, and not quoted',
    property: fc.property(fc.oneof(body, kubeconfig()), (text) => {
      const folder = mkdtempSync(join(tmpdir(), 'certwright-fuzz-'))
      try {
        writeFileSync(join(folder, 'config'), text)
        readKubeconfigs([join(folder, 'config')])
        return true
      } catch (error) {
        return error instanceof KubeConfigError && !error.message.includes('s3cret-t0ken')
      } finally {
        rmSync(folder, { recursive: true })
      }
    }),
  },
]

/** Nearly one. JSON is YAML. */
function kubeconfig(): fc.Arbitrary<string> {
  const value = fc.oneof(json, fc.constantFrom('s3cret-t0ken', 'c', 'u', 'https://x.example', 'a/b'))
  const fields = fc.constantFrom(
    ...[
      'server',
      'certificate-authority-data',
      'token',
      'tokenFile',
      'exec',
      'command',
      'as',
      'as-groups',
      'cluster',
      'user',
    ],
  )
  const inner = fc.dictionary(fields, value, { maxKeys: 3 })
  const entry = (field: string) =>
    fc.array(fc.record({ name: fc.oneof(json, fc.constantFrom('c', 'u')), [field]: fc.oneof(inner, value) }), {
      maxLength: 2,
    })
  return fc
    .record(
      {
        clusters: fc.oneof(entry('cluster'), json),
        users: entry('user'),
        contexts: entry('context'),
        'current-context': json,
      },
      { requiredKeys: [] },
    )
    .map((config) => JSON.stringify(config))
}

const LONGEST_MESSAGE = 1_024

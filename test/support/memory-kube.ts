// An API server in a few maps, for tests of what is written and in which order: versions, conflicts, status patches.
import { randomUUID } from 'node:crypto'
import type { KubeClient } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/errors.ts'
import { type KubeObject, keyOf, type ObjectRef, type Resource } from '../../src/kube/resource.ts'

type Json = Record<string, unknown>
type Verb = 'get' | 'list' | 'create' | 'patch' | 'delete'

/** The part of a KubeClient that controllers use. */
export class MemoryKube {
  /** `verb plural`, in order. */
  readonly calls: string[] = []
  /** Called before a call takes effect, and after it: throw to lose the request or its answer. */
  before: (verb: Verb, plural: string) => void | Promise<void> = () => {}
  after: (verb: Verb, plural: string) => void | Promise<void> = () => {}
  readonly #objects = new Map<string, KubeObject>()
  #version = 100

  /** What is stored, whole. */
  peek<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): T | undefined {
    return this.#objects.get(pathOf(resource, ref)) as T | undefined
  }

  put<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } }
    this.#objects.set(pathOf(resource, object.metadata), stored)
    return stored
  }

  delete(resource: Resource, ref: ObjectRef): void {
    this.#objects.delete(pathOf(resource, ref))
  }

  get client(): Pick<KubeClient, 'get' | 'list' | 'create' | 'mergePatch' | 'delete'> {
    return {
      // Of selectors it knows the one by name.
      list: (resource, { namespace, fieldSelector = '' } = {}) =>
        this.#call('list', resource, async () => {
          const name = fieldSelector.replace('metadata.name=', '')
          const found = this.peek(resource, { name, namespace })
          return { items: found === undefined ? [] : [found], resourceVersion: String(this.#version) }
        }),
      delete: (resource, ref, { preconditions = {} } = {}) =>
        this.#call('delete', resource, async () => {
          const { uid, resourceVersion } = this.#found(resource, ref).metadata
          const wanted = { uid, resourceVersion, ...preconditions }
          if (wanted.uid !== uid || wanted.resourceVersion !== resourceVersion) throw refusal(409, 'Conflict')
          this.delete(resource, ref)
        }),
      get: (resource, ref) => this.#call('get', resource, async () => this.#found(resource, ref)),
      create: (resource, draft) =>
        this.#call('create', resource, async () => {
          const ref = draft.metadata as ObjectRef
          if (this.peek(resource, ref) !== undefined) throw refusal(409, 'AlreadyExists')
          const creationTimestamp = `${new Date().toISOString().slice(0, 19)}Z`
          const metadata = { ...draft.metadata, uid: randomUUID(), generation: 1, creationTimestamp }
          return this.put(resource, { ...draft, metadata } as never)
        }),
      mergePatch: (resource, ref, patch) =>
        this.#call('patch', resource, async () => {
          const { metadata, ...changes } = patch as Json & { metadata?: { resourceVersion?: string } }
          const found = this.#found(resource, ref)
          const wanted = metadata?.resourceVersion
          if (wanted === undefined) throw new TypeError('a write that says not on which version it was decided')
          if (wanted !== found.metadata.resourceVersion) throw refusal(409, 'Conflict')
          return this.put(resource, merge(found, changes) as never)
        }),
    }
  }

  async #call<T>(verb: Verb, { plural }: Resource, act: () => Promise<T>): Promise<T> {
    this.calls.push(`${verb} ${plural}`)
    await this.before(verb, plural)
    const answer = structuredClone(await act())
    await this.after(verb, plural)
    return answer
  }

  #found<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): T {
    const found = this.peek(resource, ref)
    if (found === undefined) throw refusal(404, 'NotFound')
    return found
  }
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged: Json = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field]
    else merged[field] = merge(merged[field], value)
  }
  return merged
}

export function refusal(status: number, reason: string): KubeError {
  return new KubeError({ status, reason, message: reason, answered: status !== 0 })
}

const pathOf = ({ plural }: Resource, ref: ObjectRef): string => `${plural} ${keyOf(ref)}`

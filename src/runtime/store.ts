// What the API server last said about one resource, by key and by index. Fed by a reflector, and by our own writes, so that
// nobody decides on a state that this process itself has already replaced.
import { type KubeObject, keyOf } from '../kube/resource.ts'
import type { Logger } from './log.ts'
import { isOlder } from './resource-version.ts'
import { StoreIndex } from './store-index.ts'

export interface Change<T extends KubeObject> {
  readonly key: string
  /** Absent: new. */
  readonly previous?: T
  /** Absent: gone. */
  readonly current?: T
}

export type ChangeHandler<T extends KubeObject> = (change: Change<T>) => void

export class Store<T extends KubeObject> {
  readonly #log: Pick<Logger, 'error'>
  readonly #objects = new Map<string, T>()
  readonly #indexes: ReadonlyMap<string, StoreIndex<T>>
  readonly #handlers = new Set<ChangeHandler<T>>()
  /** resourceVersion of our last write by key, until the watch has passed it. */
  readonly #written = new Map<string, string>()
  /** The resourceVersion up to which the watch has told everything. */
  #passed = '0'
  #synced = false

  constructor(options: {
    readonly log: Pick<Logger, 'error'>
    /** By name: the values under which an object is found, for {@link byIndex}. */
    readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>
  }) {
    this.#log = options.log
    this.#indexes = new Map(
      Object.entries(options.indexes ?? {}).map(([name, valuesOf]) => [name, new StoreIndex(valuesOf)]),
    )
  }

  /** A full list has been taken in once. */
  get synced(): boolean {
    return this.#synced
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): readonly T[] {
    return [...this.#objects.values()]
  }

  /** The highest resourceVersion heard of. The API server's own is never older, unless etcd was restored from a backup. */
  get newest(): string {
    return [...this.#written.values()].reduce((newest, one) => (isOlder(newest, one) ? one : newest), this.#passed)
  }

  /** @throws RangeError for an index that was not declared. */
  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name)
    if (index === undefined) throw new RangeError(`the store has no index ${name}`)
    return index.keys(value).flatMap((key) => this.#objects.get(key) ?? [])
  }

  /**
   * Called after each change, for everything that changes from now on. Each change is told once: our own write when it
   * is made, and not again when the watch repeats it. Returns a function that ends it.
   */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler)
    return () => {
      this.#handlers.delete(handler)
    }
  }

  /** Before a consistent list is asked for: it will show every write that was answered until now. */
  forgetWrites(): void {
    this.#written.clear()
  }

  /** A full list as of `resourceVersion`: what is not in it is gone, except what we wrote since. */
  replace(items: readonly T[], { resourceVersion }: { readonly resourceVersion: string }): void {
    this.#passed = resourceVersion
    const listed = new Set<string>()
    for (const item of items) {
      const key = keyOf(item.metadata)
      listed.add(key)
      if (!this.#isBehind(key, resourceVersion)) this.#put(key, item)
    }
    for (const key of [...this.#objects.keys()]) {
      if (!listed.has(key) && !this.#isBehind(key, resourceVersion)) this.#drop(key)
    }
    this.#synced = true
  }

  /** An ADDED or MODIFIED event. One older than our own last write to that key is dropped. */
  upsert(object: T): void {
    const key = keyOf(object.metadata)
    const { resourceVersion } = object.metadata
    this.passed(resourceVersion)
    if (!this.#isBehind(key, resourceVersion)) this.#put(key, object)
  }

  /** A DELETED event, whose object carries the resourceVersion of the deletion. Absent: gone, whatever we wrote. */
  remove(key: string, resourceVersion?: string): void {
    if (resourceVersion !== undefined) {
      this.passed(resourceVersion)
      if (this.#isBehind(key, resourceVersion)) return
    }
    this.#written.delete(key)
    this.#drop(key)
  }

  /** The watch has told everything up to here: a bookmark, or any event. */
  passed(resourceVersion: string): void {
    if (isOlder(this.#passed, resourceVersion)) this.#passed = resourceVersion
  }

  /**
   * The API server's answer to a write of ours. It counts until the watch reaches it; one that the watch has already
   * passed says nothing new, and could bring back an object that has since been deleted.
   */
  wrote(object: T): void {
    const { resourceVersion } = object.metadata
    if (!isOlder(this.#passed, resourceVersion)) return
    const key = keyOf(object.metadata)
    const written = this.#written.get(key)
    if (written !== undefined && !isOlder(written, resourceVersion)) return
    this.#written.set(key, resourceVersion)
    this.#put(key, object)
  }

  /** Is what the watch or a list says about this key older than our own write? Forgets the write where it is not. */
  #isBehind(key: string, resourceVersion: string): boolean {
    const written = this.#written.get(key)
    if (written === undefined) return false
    if (isOlder(resourceVersion, written)) return true
    this.#written.delete(key)
    return false
  }

  #put(key: string, current: T): void {
    const previous = this.#objects.get(key)
    this.#objects.set(key, current)
    this.#reindex(key, current)
    if (previous === undefined) this.#tell({ key, current })
    else if (!isSame(previous, current)) this.#tell({ key, previous, current })
  }

  #drop(key: string): void {
    const previous = this.#objects.get(key)
    if (previous === undefined) return
    this.#objects.delete(key)
    this.#reindex(key, undefined)
    this.#tell({ key, previous })
  }

  #reindex(key: string, current: T | undefined): void {
    for (const [name, index] of this.#indexes) {
      try {
        index.set(key, current)
      } catch (error) {
        this.#log.error({ err: error, key, index: name }, 'an index function failed: the object is not found by it')
      }
    }
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change)
      } catch (error) {
        this.#log.error({ err: error, key: change.key }, 'a change handler failed')
      }
    }
  }
}

/** Same incarnation, same version. */
export function isSame(one: KubeObject, other: KubeObject): boolean {
  return one.metadata.uid === other.metadata.uid && one.metadata.resourceVersion === other.metadata.resourceVersion
}

// One index of a store: which keys carry a value.
import type { KubeObject } from '../kube/resource.ts'

export class StoreIndex<T extends KubeObject> {
  readonly #valuesOf: (object: T) => readonly string[]
  readonly #keysByValue = new Map<string, Set<string>>()
  readonly #valuesByKey = new Map<string, readonly string[]>()

  constructor(valuesOf: (object: T) => readonly string[]) {
    this.#valuesOf = valuesOf
  }

  keys(value: string): readonly string[] {
    return [...(this.#keysByValue.get(value) ?? [])]
  }

  /** Absent: the object is gone. When the index function throws, the key is under no value. */
  set(key: string, object: T | undefined): void {
    for (const value of this.#valuesByKey.get(key) ?? []) this.#unset(key, value)
    this.#valuesByKey.delete(key)
    if (object === undefined) return
    const values = this.#valuesOf(object)
    if (values.length === 0) return
    this.#valuesByKey.set(key, values)
    for (const value of values) {
      const keys = this.#keysByValue.get(value)
      if (keys === undefined) this.#keysByValue.set(value, new Set([key]))
      else keys.add(key)
    }
  }

  #unset(key: string, value: string): void {
    const keys = this.#keysByValue.get(value)
    keys?.delete(key)
    // Values come and go with issuers and Secrets: empty sets would pile up.
    if (keys?.size === 0) this.#keysByValue.delete(value)
  }
}

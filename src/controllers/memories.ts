// What this process alone knows of each request's order, and of which requests the record is gone.
import type { Memory } from '../issuance/known.ts'

/** Records that are gone are those since the last backup, or of a user with a broom: thousands at most, a hundred bytes each. */
const MOST_RECORDS_GONE = 10_000

/** By request UID: names are used again. */
export class Memories {
  readonly #memories = new Map<string, Memory>()
  readonly #recordsGone = new Set<string>()

  of(uid: string): Memory {
    const memory = this.#memories.get(uid) ?? (this.#recordsGone.has(uid) ? { recorded: true } : {})
    this.#memories.set(uid, memory)
    return memory
  }

  forget(uid: string): void {
    this.#memories.delete(uid)
  }

  /**
   * The record of this request is gone. Should the request ever want an order (again), one may exist: etcd may have been
   * restored from a backup in which the request is not finished, or not deleted.
   */
  recordGone(uid: string): void {
    this.#recordsGone.add(uid)
    const [oldest] = this.#recordsGone
    if (oldest !== undefined && this.#recordsGone.size > MOST_RECORDS_GONE) this.#recordsGone.delete(oldest)
    const memory = this.#memories.get(uid)
    if (memory !== undefined) memory.recorded = true
  }
}

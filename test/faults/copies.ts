// Many objects at once, put straight into etcd as a restored backup puts them there: through the API, twenty thousand cost
// forty seconds of a processor's time. A hundred are put in one stroke and have one resourceVersion, which the API server does
// not expect: it must not be asked to go on from between them, so they come and go while nobody watches.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Etcd } from '../cluster/etcd.ts'
import { CONFIG_MAPS, fieldManager, HAVE, WANT } from './resources.ts'

/** All have names of one length: their stored form, protobuf, has its length written before each text. */
const DIGITS = 5
/** etcd takes 128 operations in one transaction. */
const AT_ONCE = 100

const Range = z.object({ kvs: z.tuple([z.object({ value: z.string() })]) })

export class Copies {
  readonly #etcd: Etcd
  readonly #namespace: string
  /** The stored form of the first, and what is another in every copy. */
  readonly #original: { readonly stored: Buffer; readonly uid: string }
  #count = 1

  /** Creates the object of which all others are copies. */
  static async begin(options: {
    readonly admin: KubeClient
    readonly etcd: Etcd
    readonly namespace: string
  }): Promise<Copies> {
    const { admin, etcd, namespace } = options
    // Its wish is fulfilled: nobody needs to write to all of them.
    const metadata = { name: nameOf(0), namespace, annotations: { [WANT]: '0', [HAVE]: '0' } }
    const { metadata: made } = await admin.create(CONFIG_MAPS, { metadata }, { fieldManager })
    const [{ value }] = Range.parse(await etcd.ask('kv/range', { key: keyOf(namespace, nameOf(0)) })).kvs
    return new Copies(options, { stored: Buffer.from(value, 'base64'), uid: made.uid })
  }

  private constructor(
    { etcd, namespace }: { readonly etcd: Etcd; readonly namespace: string },
    original: { readonly stored: Buffer; readonly uid: string },
  ) {
    this.#etcd = etcd
    this.#namespace = namespace
    this.#original = original
  }

  /** Until there are so many, the original included. */
  async growTo(count: number): Promise<void> {
    while (this.#count < count) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, count - this.#count) }, (_, index) => this.#count + index)
      const puts = numbers.map((number) => ({ request_put: this.#copy(nameOf(number)) }))
      await this.#etcd.ask('kv/txn', { success: puts })
      this.#count += numbers.length
    }
  }

  /** The last ones go, until there are so many. */
  async shrinkTo(count: number): Promise<void> {
    const [key, end] = [count, this.#count].map((number) => keyOf(this.#namespace, nameOf(number)))
    await this.#etcd.ask('kv/deleterange', { key, range_end: end })
    this.#count = count
  }

  #copy(name: string): { readonly key: string; readonly value: string } {
    const { stored, uid } = this.#original
    const copy = stored.toString('latin1').replace(nameOf(0), name).replace(uid, randomUUID())
    return { key: keyOf(this.#namespace, name), value: Buffer.from(copy, 'latin1').toString('base64') }
  }
}

function nameOf(number: number): string {
  return `copy-${String(number).padStart(DIGITS, '0')}`
}

/** Where the API server keeps it, in base64. */
function keyOf(namespace: string, name: string): string {
  return Buffer.from(`/registry/configmaps/${namespace}/${name}`).toString('base64')
}

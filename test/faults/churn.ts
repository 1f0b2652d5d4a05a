// Somebody else who works on the same objects all the time, at a steady rate and straight at the steady API server: creates,
// changes and deletes, whatever happens to the one who watches.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../src/kube/client.ts'
import { isNotFound, KubeError } from '../../src/kube/errors.ts'
import type { Resource } from '../../src/kube/resource.ts'
import { fieldManager, WANT } from './resources.ts'

export interface ChurnOptions {
  readonly client: KubeClient
  readonly resource: Resource
  readonly namespace: string
  readonly perSecond: number
}

/** So many objects are there at most; from then on one must go before another comes. */
const MOST_OBJECTS = 30
/** Of all changes; the rest are changes of what is there. */
const CREATED = 0.25
const DELETED = 0.2

const MS_PER_SECOND = 1000

export class Churn implements AsyncDisposable {
  /** Changes that the API server took, and calls that failed. */
  readonly counts = { changes: 0, failed: 0 }
  readonly #options: ChurnOptions
  readonly #names: string[] = []
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  /** A bug of its own, for {@link stop}. */
  #thrown: unknown
  #made = 0

  /** Begins at once. */
  constructor(options: ChurnOptions) {
    this.#options = options
    this.#running = this.#run().catch((error: unknown) => {
      this.#thrown = error
    })
  }

  /** Creates an object that stays, and returns its name. */
  async landmark(): Promise<string> {
    const name = `landmark-${++this.#made}`
    await this.#create(name)
    return name
  }

  /** No more changes once this resolves. @throws what ended it early */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    if (this.#thrown !== undefined) throw this.#thrown
  }

  /** Where something else has failed already, which says more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => undefined)
  }

  async #run(): Promise<void> {
    const everyMs = MS_PER_SECOND / this.#options.perSecond
    while (!this.#stop.signal.aborted) {
      await this.#change().catch((error: unknown) => {
        if (!(error instanceof KubeError)) throw error
        this.counts.failed++
      })
      await sleep(everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  async #change(): Promise<void> {
    const { client, resource, namespace } = this.#options
    const dice = Math.random()
    const index = Math.floor(Math.random() * this.#names.length)
    const name = this.#names[index]
    if (name === undefined || (dice < CREATED && this.#names.length < MOST_OBJECTS)) {
      const added = `object-${++this.#made}`
      // Before the call, which may be lost on its way back.
      this.#names.push(added)
      await this.#create(added)
      return
    }
    try {
      if (dice < 1 - DELETED) {
        const patch = { metadata: { annotations: { [WANT]: String(++this.#made) } } }
        await client.mergePatch(resource, { name, namespace }, patch, { fieldManager })
      } else {
        await client.delete(resource, { name, namespace })
        this.#names.splice(index, 1)
      }
      this.counts.changes++
    } catch (error) {
      // Its creation failed after all, its deletion did not, or it went with its kind.
      if (isNotFound(error)) this.#names.splice(index, 1)
      throw error
    }
  }

  async #create(name: string): Promise<void> {
    const { client, resource, namespace } = this.#options
    const metadata = { name, namespace, annotations: { [WANT]: String(++this.#made) } }
    await client.create(resource, { metadata }, { fieldManager })
    this.counts.changes++
  }
}

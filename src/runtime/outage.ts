// One line when something begins to fail, or fails in another way, and one when it works again: not one for each try.
import { KubeError } from '../kube/errors.ts'
import type { Resource } from '../kube/resource.ts'
import type { Logger } from './log.ts'

type Doing = 'list' | 'watch'

export class Outage {
  readonly #log: Pick<Logger, 'info' | 'warn'>
  readonly #plural: string
  #told: { readonly doing: Doing; readonly what: string } | undefined

  constructor({ log, resource }: { readonly log: Pick<Logger, 'info' | 'warn'>; readonly resource: Resource }) {
    this.#log = log
    this.#plural = resource.plural
  }

  failed(doing: Doing, error: unknown): void {
    const what = error instanceof KubeError ? `${error.status} ${error.reason}` : String(error)
    if (this.#told?.doing === doing && this.#told.what === what) return
    this.#told = { doing, what }
    this.#log.warn({ resource: this.#plural, err: error }, `${doing} of ${this.#plural} failed, trying again`)
  }

  works(doing: Doing): void {
    if (this.#told?.doing !== doing) return
    this.#told = undefined
    this.#log.info({ resource: this.#plural }, `${doing} of ${this.#plural} works again`)
  }
}

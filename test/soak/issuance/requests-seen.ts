// Every CertificateRequest that there ever was in a soak, and its end: cert-manager deletes them early, so they are watched.
import { type CertificateRequest, certificateRequests } from '../../../src/api/certificate-request.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import type { Logger } from '../../../src/runtime/log.ts'
import { Reflector } from '../../../src/runtime/reflector.ts'
import { Store } from '../../../src/runtime/store.ts'
import { keyFits } from '../../support/key-fits.ts'

export interface SeenRequest {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** Its last Ready condition: Issued, Failed, Denied, Pending, or empty. */
  readonly reason: string
  readonly message: string
  /** Of an issued one: does the certificate have the key that was asked for? */
  readonly keyFits: boolean | undefined
  /** It is not there any more. */
  readonly isGone: boolean
}

const FINAL: readonly string[] = ['Issued', 'Failed', 'Denied']

export function isFinal({ reason }: SeenRequest): boolean {
  return FINAL.includes(reason)
}

export class RequestsSeen implements AsyncDisposable {
  readonly #seen = new Map<string, SeenRequest>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  /** From now on. */
  constructor(client: KubeClient) {
    const store = new Store<CertificateRequest>({ log: SILENT })
    store.onChange(({ previous, current }) => {
      if (current !== undefined) this.#seen.set(current.metadata.uid, seenOf(current))
      // Another one of the same name may have come while nobody watched.
      if (previous !== undefined && previous.metadata.uid !== current?.metadata.uid) this.#gone(previous)
    })
    const clock = systemClock()
    const reflector = new Reflector({ client, resource: certificateRequests, store, clock, log: SILENT })
    this.#running = reflector.run({ signal: this.#stop.signal })
  }

  all(): readonly SeenRequest[] {
    return [...this.#seen.values()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the soak is over'))
    await this.#running
  }

  #gone({ metadata: { uid } }: CertificateRequest): void {
    const seen = this.#seen.get(uid)
    if (seen !== undefined) this.#seen.set(uid, { ...seen, isGone: true })
  }
}

function seenOf({ metadata, spec, status }: CertificateRequest): SeenRequest {
  const { uid, namespace = '', name } = metadata
  const { reason = '', message = '' } = status?.conditions?.find(({ type }) => type === 'Ready') ?? {}
  const certificate = status?.certificate
  const fits =
    certificate === undefined ? undefined : keyFits(certificate, Buffer.from(spec.request, 'base64').toString())
  return { uid, namespace, name, reason, message, keyFits: fits, isGone: false }
}

const silent = (): void => undefined
const SILENT: Pick<Logger, 'info' | 'warn' | 'error'> = { info: silent, warn: silent, error: silent }

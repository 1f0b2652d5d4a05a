// Writes events.k8s.io/v1 events about objects, in the background: an event is news for people, and nothing the operator
// does may wait for it or fail by it.
import { randomBytes } from 'node:crypto'
import type { KubeClient } from '../kube/client.ts'
import { isAlreadyExists, isNotFound, KubeError } from '../kube/errors.ts'
import type { KubeObject, Resource } from '../kube/resource.ts'
import type { Draft } from '../kube/write.ts'
import type { Clock } from './clock.ts'
import { type Series, SeriesBook } from './event-series.ts'
import type { Logger } from './log.ts'
import { microTime } from './micro-time.ts'

/** What is said. Two events that agree in all of this are one, seen twice. */
export interface EventNote {
  /** The object it is about. */
  readonly regarding: KubeObject
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for machines. */
  readonly reason: string
  /** CamelCase: what was being done. */
  readonly action: string
  /** For people; cut to 1,024 bytes. */
  readonly note: string
}

export interface Event extends KubeObject {
  readonly eventTime: string
  readonly series?: { readonly count: number; readonly lastObservedTime: string }
  readonly reportingController: string
  readonly reportingInstance: string
  readonly action: string
  readonly reason: string
  readonly regarding: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
  }
  readonly note: string
  readonly type: string
}

export const events: Resource<Event> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
}

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'mergePatch'>
  readonly fieldManager: string
  /** Who reports, as a qualified name: `example.dev/operator`. */
  readonly reportingController: string
  /** Which of its processes. */
  readonly reportingInstance: string
  readonly clock: Clock
  readonly log: Logger
}

interface Task {
  readonly event: EventNote
  readonly series: Series
  readonly emittedAt: number
}

/** The API server's limit for `note` and its limits for the other fields (pkg/apis/core/validation/events.go). */
const LONGEST_NOTE_BYTES = 1_024
const LONGEST_FIELD_CHARS = 128
/** The API server's limit for names is 253; a dot and 16 random digits follow the object's name. */
const LONGEST_NAME_PREFIX_CHARS = 236

/** Events of objects without a namespace live here (same file). */
const NAMESPACE_OF_CLUSTER_SCOPED = 'default'

/** Some minutes of a busy operator without an API server; more would only be old news. */
const MOST_WAITING = 1_000
/** Of them of one namespace: who sends requests by the thousand must not drown what there is to say of everybody else's. */
const MOST_OF_A_NAMESPACE = 250

const MOST_TRIES = 3
const RETRY_MS = 1_000
/** An API server that asks for more patience is asked again all the same: the other events wait behind this one. */
const LONGEST_RETRY_MS = 60_000

export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #book: SeriesBook
  readonly #tasks: Task[] = []
  readonly #abort = new AbortController()
  #sending: Promise<void> | undefined

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#book = new SeriesBook(options)
  }

  /** Notes the event and returns; it is sent when its turn comes. Never throws. */
  emit(event: EventNote): void {
    const { clock, log } = this.#options
    const { type, reason, action, note } = event
    const object = identityOf(event.regarding)
    const series = this.#book.count(JSON.stringify([object, type, reason, action, note]), object)
    if (series === undefined) return
    if (this.#isFullFor(event.regarding) || this.#abort.signal.aborted) {
      series.queued = false
      log.debug({ object, reason }, 'event dropped: too many wait')
      return
    }
    this.#tasks.push({ event, series, emittedAt: clock.now() })
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
  }

  #isFullFor({ metadata }: KubeObject): boolean {
    if (this.#tasks.length < MOST_OF_A_NAMESPACE) return false
    const beside = this.#tasks.filter(({ event }) => event.regarding.metadata.namespace === metadata.namespace)
    return this.#tasks.length >= MOST_WAITING || beside.length >= MOST_OF_A_NAMESPACE
  }

  /** Resolves when all events are sent. When the signal aborts first, the rest is dropped, for good. Never rejects. */
  async flush({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const giveUp = (): void => this.#abort.abort(signal.reason)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    await this.#sending
    signal.removeEventListener('abort', giveUp)
  }

  /** One at a time and in order: readers expect the story in sequence, and the API server has more important work. */
  async #sendAll(): Promise<void> {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      try {
        await this.#send(task)
      } catch (err) {
        const { regarding, reason } = task.event
        const where = { object: identityOf(regarding), reason }
        if (this.#abort.signal.aborted) this.#options.log.debug(where, 'event dropped by the shutdown')
        else this.#options.log.warn({ ...where, err }, 'event could not be written')
      }
    }
  }

  async #send(task: Task): Promise<void> {
    // The name is fixed over all tries, so that an answer lost on the way cannot make two events.
    const name = eventName(task.event.regarding.metadata.name)
    for (let tries = 1; ; tries++) {
      this.#abort.signal.throwIfAborted()
      task.series.queued = false
      try {
        await this.#write(task, name)
        return
      } catch (error) {
        if (tries >= MOST_TRIES || !isPassing(error)) throw error
        const waitMs = error.retryAfterMs ?? RETRY_MS * 2 ** (tries - 1)
        await this.#options.clock.sleep(Math.min(waitMs, LONGEST_RETRY_MS), { signal: this.#abort.signal })
      }
    }
  }

  async #write({ event, series, emittedAt }: Task, name: string): Promise<void> {
    const { client, fieldManager } = this.#options
    const write = { fieldManager, signal: this.#abort.signal }
    if (series.at !== undefined) {
      try {
        await client.mergePatch(events, series.at, { series: seriesOf(series) }, write)
        return
      } catch (error) {
        if (!isNotFound(error)) throw error // the API server forgets events after an hour: make it anew
      }
    }
    const namespace = event.regarding.metadata.namespace ?? NAMESPACE_OF_CLUSTER_SCOPED
    try {
      await client.create(events, this.#draft(event, series, { name, namespace }, emittedAt), write)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
    series.at = { name, namespace }
  }

  #draft(
    { regarding, type, reason, action, note }: EventNote,
    series: Series,
    metadata: { readonly name: string; readonly namespace: string },
    emittedAt: number,
  ): Draft<Event> {
    const { name, namespace, uid, resourceVersion } = regarding.metadata
    const where = namespace === undefined ? {} : { namespace }
    return {
      metadata,
      eventTime: microTime(emittedAt),
      reportingController: this.#options.reportingController,
      reportingInstance: this.#options.reportingInstance.slice(0, LONGEST_FIELD_CHARS),
      action: action.slice(0, LONGEST_FIELD_CHARS),
      reason: reason.slice(0, LONGEST_FIELD_CHARS),
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name,
        ...where,
        uid,
        resourceVersion,
      },
      note: cut(note),
      type,
      ...(series.count > 1 && { series: seriesOf(series) }),
    }
  }
}

function seriesOf({ count, lastObservedAt }: Series): NonNullable<Event['series']> {
  return { count, lastObservedTime: microTime(lastObservedAt) }
}

function identityOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name} ${metadata.uid}`
}

function eventName(objectName: string): string {
  const prefix = objectName.slice(0, LONGEST_NAME_PREFIX_CHARS).replace(/[^a-z0-9]+$/, '')
  return `${prefix}.${randomBytes(8).toString('hex')}`
}

/** Will the same write succeed a little later? */
function isPassing(error: unknown): error is KubeError {
  return error instanceof KubeError && (!error.answered || error.status === 429 || error.status >= 500)
}

const ELLIPSIS = '...'

function cut(note: string): string {
  const bytes = Buffer.from(note)
  if (bytes.length <= LONGEST_NOTE_BYTES) return note
  // `stream` leaves out the character that the cut goes through.
  const whole = new TextDecoder().decode(bytes.subarray(0, LONGEST_NOTE_BYTES - ELLIPSIS.length), { stream: true })
  return whole + ELLIPSIS
}

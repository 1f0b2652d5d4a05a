// The API server of the model world: versions, conflicts, the record's own rules, and a log of changes for watches.
import { type CertificateOrder, orderSpec, orderStatus } from '../../../src/api/certificate-order.ts'
import type { CertificateRequest } from '../../../src/api/certificate-request.ts'
import { timestamp } from '../../../src/api/conditions.ts'
import { isFinished } from '../../../src/issuance/request-view.ts'
import { type KubeObject, keyOf } from '../../../src/kube/resource.ts'
import { refusal } from '../../support/memory-kube.ts'
import type { ModelIssuer } from './issuer.ts'
import { breach } from './promises.ts'

export interface Kinds {
  readonly requests: CertificateRequest
  readonly records: CertificateOrder
  readonly issuers: ModelIssuer
}

export interface Change {
  readonly kind: keyof Kinds
  readonly key: string
  readonly version: string
  /** Absent: gone. */
  readonly object?: KubeObject
}

type RecordStatus = NonNullable<CertificateOrder['status']>

export class ApiServer {
  readonly #now: () => number
  readonly #all: { readonly [K in keyof Kinds]: Map<string, Kinds[K]> } = {
    requests: new Map(),
    records: new Map(),
    issuers: new Map(),
  }
  /** All that ever changed, oldest first. */
  readonly changes: Change[] = []
  #version = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get requests(): ReadonlyMap<string, CertificateRequest> {
    return this.#all.requests
  }

  get records(): ReadonlyMap<string, CertificateOrder> {
    return this.#all.records
  }

  get issuers(): ReadonlyMap<string, ModelIssuer> {
    return this.#all.issuers
  }

  get version(): string {
    return String(this.#version)
  }

  /** Metadata of something that is made now. */
  newMetadata(name: string): KubeObject['metadata'] {
    const uid = `00000000-0000-4000-8000-${String(++this.#version).padStart(12, '0')}`
    const creationTimestamp = timestamp(this.#now())
    return { name, namespace: 'shop', uid, generation: 1, creationTimestamp, resourceVersion: this.version }
  }

  put<K extends keyof Kinds>(kind: K, object: Kinds[K]): Kinds[K] {
    const version = String(++this.#version)
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: version } }
    const key = keyOf(stored.metadata)
    this.#all[kind].set(key, stored)
    this.changes.push({ kind, key, version, object: stored })
    return stored
  }

  remove(kind: keyof Kinds, key: string): void {
    if (this.#all[kind].delete(key)) this.changes.push({ kind, key, version: String(++this.#version) })
  }

  createRecord(draft: { readonly metadata: { readonly name: string }; readonly spec: CertificateOrder['spec'] }) {
    const { name } = draft.metadata
    if (this.records.has(`shop/${name}`)) throw refusal(409, 'AlreadyExists')
    const request = [...this.requests.values()].find(({ metadata }) => metadata.uid === draft.spec.requestRef.uid)
    if (request !== undefined && (!isApproved(request) || isFinished(request)))
      throw breach(`${name} is made for a request that is not approved, or finished`)
    const shape = orderSpec.safeParse(draft.spec)
    if (!shape.success) throw breach(`${name} does not have the shape of a record: ${shape.error.message}`)
    const { spec } = draft
    const metadata = this.newMetadata(name)
    return this.put('records', { apiVersion: 'certwright.dev/v1alpha1', kind: 'CertificateOrder', metadata, spec })
  }

  getRecord({ metadata }: CertificateOrder): CertificateOrder {
    return found(this.records.get(keyOf(metadata)))
  }

  /** `status` is what stands there afterwards. */
  writeRecord(before: CertificateOrder, status: RecordStatus): CertificateOrder {
    const current = this.#sameVersion(this.getRecord(before), before)
    const problem = refusedBecause(current.status, status)
    if (problem !== undefined) throw breach(`a write that the API server refuses: ${before.metadata.name}: ${problem}`)
    return this.put('records', { ...current, status })
  }

  deleteRecord(before: CertificateOrder): void {
    const { status } = this.#sameVersion(this.getRecord(before), before)
    if (status?.phase !== 'Issued' && status?.phase !== 'Failed')
      throw breach(`an open record is removed: ${before.metadata.name}`)
    this.remove('records', keyOf(before.metadata))
  }

  writeRequest(before: CertificateRequest, status: NonNullable<CertificateRequest['status']>): CertificateRequest {
    const current = this.#sameVersion(found(this.requests.get(keyOf(before.metadata))), before)
    if (isFinished(current)) throw breach(`a finished request is written: ${before.metadata.name}`)
    const denied = current.status?.conditions?.some(({ type }) => type === 'Denied')
    if (!isApproved(current) && !denied) throw breach(`a request without approval is written: ${before.metadata.name}`)
    return this.put('requests', { ...current, status })
  }

  /** Is the request of the record there, and not finished? By its own word, whatever caches say. */
  isAwaited({ spec }: CertificateOrder): boolean {
    return this.isWaiting(spec.requestRef.uid)
  }

  isWaiting(uid: string): boolean {
    return [...this.requests.values()].some((request) => request.metadata.uid === uid && !isFinished(request))
  }

  #sameVersion<T extends KubeObject>(current: T, { metadata }: T): T {
    if (current.metadata.uid !== metadata.uid || current.metadata.resourceVersion !== metadata.resourceVersion)
      throw refusal(409, 'Conflict')
    return current
  }
}

export function isApproved({ status }: CertificateRequest): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Approved' && status === 'True') ?? false
}

function found<T>(object: T | undefined): T {
  if (object === undefined) throw refusal(404, 'NotFound')
  return object
}

/** The CEL rules of src/api/certificate-order.ts, and its schema. */
function refusedBecause(before: RecordStatus | undefined, after: RecordStatus): string | undefined {
  const shape = orderStatus.safeParse(after)
  if (!shape.success) return shape.error.message
  if (before === undefined) return undefined
  const numbers = new Set(after.attempts?.map(({ number }) => number))
  const rules: readonly (readonly [boolean, string])[] = [
    [(['remote', 'attempts', 'serial'] as const).some((field) => before[field] && !after[field]), 'a field is removed'],
    [before.remote !== undefined && before.remote.id !== after.remote?.id, 'the id is changed'],
    [before.serial !== undefined && before.serial !== after.serial, 'the serial is changed'],
    [(before.attempts ?? []).some(({ number }) => !numbers.has(number)), 'an attempt is removed'],
    [['Issued', 'Failed'].includes(before.phase) && before.phase !== after.phase, 'the end is changed'],
  ]
  return rules.find(([broken]) => broken)?.[1]
}

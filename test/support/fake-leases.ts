// One Lease on an API server that keeps resourceVersions as the real one does, and fails on demand.
import { KubeError } from '../../src/kube/errors.ts'
import type { LeaderElectorOptions } from '../../src/runtime/leader.ts'
import type { Lease, LeaseSpec } from '../../src/runtime/lease.ts'

/** `answer lost`: a write takes effect, but the caller never learns of it. `hang`: no answer until aborted. */
export type Fault = 'unreachable' | 'answer lost' | 'hang' | undefined

interface Sent {
  readonly metadata?: { readonly resourceVersion?: string | null } | null
  readonly spec?: object | null
}

export class FakeLeases {
  /** `identity verb` of each call, in order. */
  readonly calls: string[] = []
  fail: (call: string) => Fault = () => undefined
  #lease: Lease | undefined
  #version = 0

  get spec(): LeaseSpec | undefined {
    return this.#lease?.spec
  }

  put(spec: LeaseSpec): void {
    this.#version++
    this.#lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: 'lock',
        namespace: 'system',
        uid: 'u',
        resourceVersion: `${this.#version}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec,
    }
  }

  /** A change of something other than the record. */
  touch(): void {
    this.put({ ...this.spec })
  }

  remove(): void {
    this.#lease = undefined
  }

  clientOf(identity: string): LeaderElectorOptions['client'] {
    const call = <T>(verb: string, signal: AbortSignal | undefined, act: () => Lease): Promise<T> =>
      this.#call(`${identity} ${verb}`, signal, act) as Promise<T>
    return {
      get: (_resource, _ref, { signal } = {}) => call('get', signal, () => this.#stored()),
      create: (_resource, object, { signal }) =>
        call('create', signal, () => {
          if (this.#lease !== undefined) throw failure(409, 'AlreadyExists')
          this.put((object as Sent).spec as LeaseSpec)
          return this.#stored()
        }),
      mergePatch: (_resource, _ref, patch, { signal }) =>
        call('patch', signal, () => {
          const { metadata, spec } = patch as Sent
          const stored = this.#stored()
          if (metadata?.resourceVersion !== stored.metadata.resourceVersion) throw failure(409, 'Conflict')
          this.put({ ...stored.spec, ...(spec as LeaseSpec) })
          return this.#stored()
        }),
    }
  }

  async #call(name: string, signal: AbortSignal | undefined, act: () => Lease): Promise<Lease> {
    signal?.throwIfAborted()
    this.calls.push(name)
    const fault = this.fail(name)
    if (fault === 'unreachable') throw failure(0, 'Unreachable')
    if (fault === 'hang') {
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    const answer = act()
    if (fault === 'answer lost') throw failure(0, 'Timeout')
    return answer
  }

  #stored(): Lease {
    if (this.#lease === undefined) throw failure(404, 'NotFound')
    return this.#lease
  }
}

function failure(status: number, reason: string): KubeError {
  return new KubeError({ status, reason, message: reason, answered: status !== 0 })
}

// Every version that the API server has had of a CertificateRequest, in order: what was written, and how often, also when the
// next write followed at once. By a watch, which is told each change.
import { type CertificateRequest, certificateRequests } from '../../src/api/certificate-request.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { keyOf, type ObjectRef } from '../../src/kube/resource.ts'
import { GiveUp, waitUntil } from '../cluster/wait-until.ts'

/** Longer than anything takes, for a loaded machine. */
const PATIENCE_MS = 60_000
/** Looks at what was told already: costs nothing. */
const EVERY_MS = 25
/** Longer than a test file takes. */
const WATCH_SECONDS = 900

export type ReadyCondition = NonNullable<NonNullable<CertificateRequest['status']>['conditions']>[number]

export function readyOf({ status }: CertificateRequest): ReadyCondition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')
}

export interface RequestHistory {
  /** All versions of all requests of this name so far, oldest first. */
  versions(ref: ObjectRef): readonly CertificateRequest[]
  /** The same once they reach to what the API server has now. */
  upToNow(ref: ObjectRef): Promise<readonly CertificateRequest[]>
  /** The first version, past or to come, that `accept` takes. An error thrown by it ends the wait. */
  first(ref: ObjectRef, what: string, accept: (version: CertificateRequest) => boolean): Promise<CertificateRequest>
  /** The first version that is Pending with these words. @throws when the request ends before */
  pending(ref: ObjectRef, words: string): Promise<CertificateRequest>
  /** The version with which it ended. @throws when it ends otherwise */
  ended(ref: ObjectRef, reason: 'Issued' | 'Failed' | 'Denied'): Promise<CertificateRequest>
}

const ENDS: readonly string[] = ['Issued', 'Failed', 'Denied']

/** Of all requests from now on. */
export async function requestHistory(client: KubeClient): Promise<RequestHistory & { stop(): void }> {
  const ended = new AbortController()
  const byName = new Map<string, CertificateRequest[]>()
  let broken: Error | undefined
  const { resourceVersion } = await client.list(certificateRequests, { limit: 1, resourceVersion: '0' })
  const follow = async (): Promise<void> => {
    const { signal } = ended
    for await (const event of client.watch(certificateRequests, {
      resourceVersion,
      timeoutSeconds: WATCH_SECONDS,
      signal,
    })) {
      if (event.type === 'ERROR') throw new Error(`the watch ended: ${JSON.stringify(event.object)}`)
      if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue
      const key = keyOf(event.object.metadata)
      byName.set(key, [...(byName.get(key) ?? []), event.object])
    }
    throw new Error('the watch ended')
  }
  follow().catch((error: Error) => {
    broken = error
  })

  const history: RequestHistory = {
    versions: (ref) => byName.get(keyOf(ref)) ?? [],

    async upToNow(ref) {
      const { metadata } = await client.get(certificateRequests, ref)
      await history.first(
        ref,
        'as it is now',
        (version) => version.metadata.resourceVersion === metadata.resourceVersion,
      )
      return history.versions(ref)
    },

    async first(ref, what, accept) {
      const look = async (): Promise<CertificateRequest | undefined> => {
        if (broken !== undefined) throw new GiveUp('the watch is broken', { cause: broken })
        return history.versions(ref).find(accept)
      }
      const options = { what: `request ${keyOf(ref)} to be ${what}`, timeoutMs: PATIENCE_MS, everyMs: EVERY_MS }
      return waitUntil(look, options).catch((error: unknown) => {
        throw new Error(`${options.what}; it said: ${said(history.versions(ref))}`, { cause: error })
      })
    },

    pending: (ref, words) =>
      history.first(ref, `Pending with "${words}"`, (version) => {
        const { reason = '', message = '' } = readyOf(version) ?? {}
        if (ENDS.includes(reason)) throw new GiveUp(`it is ${reason}: ${message}`)
        return reason === 'Pending' && message.includes(words)
      }),

    ended: (ref, wanted) =>
      history.first(ref, wanted, (version) => {
        const { reason = '', message = '' } = readyOf(version) ?? {}
        if (ENDS.includes(reason) && reason !== wanted) throw new GiveUp(`it is ${reason}: ${message}`)
        return reason === wanted
      }),
  }
  return { ...history, stop: () => ended.abort(new Error('the tests have ended')) }
}

function said(versions: readonly CertificateRequest[]): string {
  const words = versions.map((version) => {
    const { reason, message } = readyOf(version) ?? {}
    return `${version.metadata.uid.slice(0, 8)} ${reason ?? 'nothing'} ${message ?? ''}`
  })
  return words.join(' | ')
}

// The kinds that a soak writes, as far as it writes them, and how it writes through an API server that comes and goes.
import { setTimeout as sleep } from 'node:timers/promises'
import { sectigoClusterIssuers, sectigoIssuers } from '../../../src/api/sectigo-issuer.ts'
import { isAlreadyExists, isNotFound, KubeError } from '../../../src/kube/errors.ts'
import type { Condition, KubeObject, Resource } from '../../../src/kube/resource.ts'

export const fieldManager = 'certwright-soak'

export interface Certificate extends KubeObject {
  readonly spec: {
    readonly secretName: string
    readonly dnsNames: readonly string[]
    readonly [field: string]: unknown
  }
  readonly status?: { readonly conditions?: readonly Condition[]; readonly revision?: number }
}
export const certificates = resource<Certificate>('cert-manager.io', 'v1', 'Certificate')

export interface Secret extends KubeObject {
  /** base64. */
  readonly data: Readonly<Record<string, string>>
}
export const secrets = resource<Secret>('', 'v1', 'Secret')
/** As cert-manager makes them. */
export const events = resource<KubeObject & { readonly message?: string; readonly count?: number }>('', 'v1', 'Event')
export const namespaces = resource('', 'v1', 'Namespace', false)

/** As people write them: without defaults. */
type Written = KubeObject & { readonly spec: object; readonly status?: { readonly conditions?: readonly Condition[] } }
const { group, version } = sectigoIssuers
export const issuers = {
  SectigoIssuer: resource<Written>(group, version, sectigoIssuers.kind),
  SectigoClusterIssuer: resource<Written>(group, version, sectigoClusterIssuers.kind, false),
}

function resource<T extends KubeObject>(group: string, version: string, kind: string, namespaced = true): Resource<T> {
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced }
}

export function conditionOf(
  { status }: { readonly status?: { readonly conditions?: readonly Condition[] } },
  wanted: string,
): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === wanted)
}

/** A restart of the API server and of what admits there, and what a busy machine makes of it. */
const PATIENCE_MS = 120_000
const AGAIN_MS = 500

/**
 * Until the API server takes it. What is there already, or there no more, is as good as done: an earlier call may have
 * done it and its answer got lost.
 * @throws what it refuses otherwise
 */
export async function insist<T>(call: () => Promise<T>): Promise<T | undefined> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (isNotFound(error) || isAlreadyExists(error)) return undefined
      if (!isPassing(error) || performance.now() > end) throw error
      await sleep(AGAIN_MS)
    }
  }
}

const PASSING: readonly number[] = [0, 409, 429]

/** No answer, an answer of a server that starts or ends, or somebody else's write in between. */
function isPassing(error: unknown): boolean {
  return error instanceof KubeError && (PASSING.includes(error.status) || error.status >= 500)
}

// What the tests of the definitions share. Other test files use the same cluster and the same definitions, so these are
// applied again where they exist, and never deleted.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, vi } from 'vitest'
import { certificateOrders } from '../../src/api/certificate-order.ts'
import { sectigoClusterIssuers, sectigoIssuers } from '../../src/api/sectigo-issuer.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { KubeError } from '../../src/kube/errors.ts'
import type { Resource } from '../../src/kube/resource.ts'

export const ROOT = join(import.meta.dirname, '..', '..')
/** The folder of the generated definitions. */
export const CRDS = join(ROOT, 'crds')
export const fieldManager = 'crds-test'
/** On all that is created here: an operator that another test runs has none, and leaves it alone. */
export const operatorClass = 'crds-test'

const namespaces: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }

/** Runs a program of the test cluster and returns what it prints. */
export async function run(program: 'kubectl' | 'helm', ...args: readonly string[]): Promise<string> {
  const access = program === 'kubectl' ? ['--kubeconfig', inject('kubeconfig')] : []
  const { stdout } = await promisify(execFile)(join(inject('binaries'), program), [...access, ...args])
  return stdout
}

export interface Playground extends AsyncDisposable {
  readonly client: KubeClient
  /** A namespace of its own. */
  readonly namespace: string
}

/** The definitions in place, and an empty namespace. */
export async function openPlayground(): Promise<Playground> {
  await run('kubectl', 'apply', '--server-side', '--force-conflicts', '-f', CRDS)
  await run('kubectl', 'wait', '--for=condition=Established', '--timeout=30s', '-f', CRDS)
  const connection = await loadKubeConnection({ kubeconfig: inject('kubeconfig') })
  const client = new KubeClient({ connection, userAgent: 'certwright-tests' })
  const namespace = `crds-${randomUUID().slice(0, 8)}`
  await client.create(namespaces, { metadata: { name: namespace } }, { fieldManager })
  // Established comes a moment before the resource can be reached.
  const ours: readonly Resource[] = [sectigoIssuers, sectigoClusterIssuers, certificateOrders]
  for (const resource of ours) await vi.waitFor(() => client.list(resource, { limit: 1 }), { timeout: 10_000 })
  return {
    client,
    namespace,
    async [Symbol.asyncDispose]() {
      await client.delete(namespaces, { name: namespace })
      await connection.close()
    },
  }
}

/** What the API server says against it. Fails when it says nothing. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => expect.unreachable('the API server accepted it'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof KubeError)) throw error
  expect(error.status).toBe(422)
  return error.message
}

/** The cells of the first two lines of a table of kubectl: columns are two blanks apart. */
export function tableOf(printed: string): readonly (readonly string[])[] {
  return printed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/))
}

// What the tests of the definitions share. Other test files use the same cluster and the same definitions, so these are
// applied again where they exist, and never deleted.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, vi } from 'vitest'
import { certificateOrders } from '../../src/api/certificate-order.ts'
import { sectigoClusterIssuers, sectigoIssuers } from '../../src/api/sectigo-issuer.ts'
import { KubeError } from '../../src/kube/errors.ts'
import type { Resource } from '../../src/kube/resource.ts'
import { type OwnNamespace, openNamespace } from '../support/own-namespace.ts'
import { root } from '../tools/root.ts'

/** The folder of the generated definitions. */
export const CRDS = join(root, 'crds')
export const fieldManager = 'crds-test'
/** On all that is created here: an operator that another test runs has none, and leaves it alone. */
export const operatorClass = 'crds-test'

/** Runs a program of the test cluster and returns what it prints. */
export async function run(program: 'kubectl' | 'helm', ...args: readonly string[]): Promise<string> {
  const access = program === 'kubectl' ? ['--kubeconfig', inject('kubeconfig')] : []
  const { stdout } = await promisify(execFile)(join(inject('binaries'), program), [...access, ...args])
  return stdout
}

/** The definitions in place, and an empty namespace. */
export async function openPlayground(): Promise<OwnNamespace> {
  await run('kubectl', 'apply', '--server-side', '--force-conflicts', '-f', CRDS)
  await run('kubectl', 'wait', '--for=condition=Established', '--timeout=30s', '-f', CRDS)
  const own = await openNamespace('crds')
  // Established comes a moment before the resource can be reached.
  const ours: readonly Resource[] = [sectigoIssuers, sectigoClusterIssuers, certificateOrders]
  for (const resource of ours) await vi.waitFor(() => own.client.list(resource, { limit: 1 }), { timeout: 50_000 })
  return own
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

// The calls that tests of the client and its transport make of a fake API server which has one ConfigMap, `a`.
import { expect, onTestFinished } from 'vitest'
import type { WatchOptions } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/errors.ts'
import { CONFIG_MAPS } from './config-maps.ts'
import { type FakeClientOptions, startFakeClient } from './fake-kube-client.ts'

export const COLLECTION = '/api/v1/namespaces/ns/configmaps'
export const a = { name: 'a', namespace: 'ns' }
export const fieldManager = 'certwright'
const { signal } = new AbortController()

/** Ends with the test. */
export async function start(options?: FakeClientOptions) {
  const fake = await startFakeClient(options)
  onTestFinished(() => fake[Symbol.asyncDispose]())
  fake.api.objects.put(COLLECTION, 'a')
  const { client, api } = fake
  return {
    ...fake,
    get: () => client.get(CONFIG_MAPS, a),
    create: (name: string) => client.create(CONFIG_MAPS, { metadata: { ...a, name } }, { fieldManager }),
    watch: (options: Partial<WatchOptions> = {}) =>
      client.watch(CONFIG_MAPS, {
        namespace: 'ns',
        resourceVersion: api.objects.resourceVersion,
        timeoutSeconds: 300,
        signal,
        ...options,
      }),
  }
}

/** What a call that must fail fails with. */
export async function failure(call: Promise<unknown>): Promise<KubeError> {
  const error = await call.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(KubeError)
  return error as KubeError
}

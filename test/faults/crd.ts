// A kind that comes and goes.
import type { KubeClient } from '../../src/kube/client.ts'
import { isNotFound } from '../../src/kube/errors.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { CRDS, fieldManager, THINGS } from './resources.ts'

const NAME = { name: `${THINGS.plural}.${THINGS.group}` }
const MOST_WAIT_MS = 60_000

/** Resolves when objects of it can be made. */
export async function createThings(admin: KubeClient): Promise<void> {
  const { group, plural, kind, version } = THINGS
  const schema = { openAPIV3Schema: { type: 'object' } }
  const versions = [{ name: version, served: true, storage: true, schema }]
  const names = { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` }
  await admin.create(CRDS, { metadata: NAME, spec: { group, scope: 'Namespaced', names, versions } }, { fieldManager })
  // Not its conditions: the handler of its objects learns of it a little later. Somebody may have made one by then.
  await waitUntil(() => admin.list(THINGS), { what: 'the kind to be served', timeoutMs: MOST_WAIT_MS })
}

/** Resolves when it and all its objects are gone. */
export async function deleteThings(admin: KubeClient): Promise<void> {
  await admin.delete(CRDS, NAME)
  const isGone = () => admin.get(CRDS, NAME).then(() => false, isNotFound)
  await waitUntil(isGone, { what: 'the kind to be gone', timeoutMs: MOST_WAIT_MS })
}

// A full list as of one moment: a consistent read, page by page. Why not from the API server's cache: docs/adr/0007.
import type { KubeClient, KubeList, ListOptions } from '../kube/client.ts'
import { isAnswerTooLarge, isExpired } from '../kube/errors.ts'
import type { KubeObject, Resource } from '../kube/resource.ts'

export interface ListAllOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'list'>
  readonly resource: Resource<T>
  readonly scope: Pick<ListOptions, 'namespace' | 'fieldSelector' | 'signal'>
  /** What of an object is held on to while the other pages come; undefined: nothing. */
  readonly keep: (object: T) => T | undefined
}

/** As fast as client-go's 500, with less memory. */
const PAGE_ITEMS = 250

/**
 * A page that fails fails the list, with two exceptions. One that is larger than the client will hold is asked for anew with
 * half as many objects, down to one: whoever may create objects may make large ones, and must not keep all others from being
 * seen. And when a continue token expired between two pages, because they took longer than the API server remembers, the next
 * try would be as slow, so everything is asked for at once, as client-go does. (The other token that the server then offers
 * goes on from a later moment: changes between the two would never be told.)
 * @throws KubeError, or the signal's reason.
 */
export async function listAll<T extends KubeObject>(options: ListAllOptions<T>): Promise<KubeList<T>> {
  try {
    return await collect(options, PAGE_ITEMS)
  } catch (error) {
    if (!isExpired(error)) throw error
    return collect(options, undefined)
  }
}

async function collect<T extends KubeObject>(
  { client, resource, scope, keep }: ListAllOptions<T>,
  pageItems: number | undefined,
): Promise<KubeList<T>> {
  const items: T[] = []
  let limit = pageItems
  let next: string | undefined
  for (;;) {
    let page: KubeList<T>
    try {
      page = await client.list(resource, { ...scope, limit, continue: next })
    } catch (error) {
      if (!isAnswerTooLarge(error) || limit === undefined || limit === 1) throw error
      limit = Math.ceil(limit / 2)
      continue
    }
    for (const item of page.items) {
      const kept = keep(item)
      if (kept !== undefined) items.push(kept)
    }
    next = page.continue
    if (next === undefined) return { items, resourceVersion: page.resourceVersion }
  }
}

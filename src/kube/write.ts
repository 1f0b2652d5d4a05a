// The types of what is sent to the API server: objects without what only the server knows.
import type { KubeObject, ObjectMeta } from './resource.ts'

type DraftMeta = Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'annotations'>
type OfServer = 'apiVersion' | 'kind' | 'metadata'

/** An object to create. `apiVersion` and `kind` come from the resource; `status` is not looked at on creation. */
export type Draft<T extends KubeObject> = Omit<T, OfServer | 'status'> & { readonly metadata: DraftMeta }

type DeepPartial<V> = V extends readonly unknown[]
  ? V
  : V extends object
    ? { readonly [K in keyof V]?: DeepPartial<V[K]> }
    : V

/** The part of an object that a field manager applies. A `resourceVersion` makes it a precondition. */
export type PartialObject<T extends KubeObject> = DeepPartial<Omit<T, OfServer>> & {
  readonly metadata: DraftMeta & Partial<Pick<ObjectMeta, 'resourceVersion' | 'uid'>>
}

/** RFC 7396: everything optional, `null` removes, lists are whole. */
export type MergePatch<V> = V extends readonly unknown[]
  ? V
  : V extends object
    ? { readonly [K in keyof V]?: MergePatch<V[K]> | null | undefined }
    : V

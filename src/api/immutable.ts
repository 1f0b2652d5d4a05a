// Objects read from the API server are shared between a store and its readers, so their types forbid writing to them.

/** `T` with every property and list, however deep, read-only. For plain JSON types. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T

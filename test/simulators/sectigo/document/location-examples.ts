// The five examples of locations, which each product has alike (seed 004 L533-696, L2679-2813, L4033-4167).
import type { Product } from '../catalogue.ts'
import { type Example, example } from './example.ts'
import { issued, located } from './given.ts'

/** Seed 004 L565-582, L644-654. */
const LOCATION = { id: 'number', locationType: '=CUSTOM', name: 'string', details: { '*': 'string' } } as const

/** `path`: of the product's certificates below `/api`. `lines`: of the five calls, in the document's order. */
export function locationExamples(options: {
  readonly product: Product
  readonly path: string
  readonly lines: readonly [list: number, create: number, read: number, update: number, remove: number]
  /** Content type of all but the last. */
  readonly type: string
  /** What a location is about, as one creates and as one changes it. */
  readonly details: readonly [created: object, changed: object]
}): readonly Example[] {
  const { product, path, type, details } = options
  const [list, create, read, update, remove] = options.lines
  const [created, changed] = details
  const all = `/${path}/{id}/location` as const
  const one = `${all}/{location}` as const
  const given = located(product)
  return [
    example(list, 'locations of a certificate', `GET ${all}`, { type, given, status: 200, answer: [LOCATION] }),
    example(create, 'a new location', `POST ${all}`, {
      type,
      given: issued(product),
      body: () => ({ details: created }),
      status: 201,
      headers: { location: new RegExp(`/api/${path}/\\d+/location/\\d+$`) },
    }),
    example(read, 'one location', `GET ${one}`, { type, given, status: 200, answer: LOCATION }),
    example(update, 'a changed location', `PUT ${one}`, {
      type,
      given,
      body: () => ({ details: changed }),
      status: 200,
    }),
    example(remove, 'a location taken away', `DELETE ${one}`, { given, status: 204 }),
  ]
}

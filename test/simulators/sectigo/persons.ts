// Persons: SCM keeps one for every address that client certificates are ordered for (seed 004 L13025-13230).
import { randomUUID } from 'node:crypto'
import { refuse } from './errors.ts'
import type { Answer, Route } from './router.ts'
import { json } from './router.ts'

export interface Person {
  readonly id: number
  readonly guid: string
  /** First, middle and last name as in the latest order. */
  readonly name: string
  readonly email: string
}

export interface Persons {
  /** The person of that address, made or renamed as needed; case does not matter. */
  put(person: { name: string; email: string }): Person
  find(email: string): Person | undefined
  clear(): void
}

/** Seed 004 L13143. */
const FIRST_PERSON_ID = 435

export function createPersons(): Persons {
  const byEmail = new Map<string, Person>()
  return {
    put({ name, email }) {
      const key = email.toLowerCase()
      const known = byEmail.get(key) ?? { id: FIRST_PERSON_ID + byEmail.size, guid: randomUUID(), email }
      const person = { ...known, name }
      byEmail.set(key, person)
      return person
    },
    find: (email) => byEmail.get(email.toLowerCase()),
    clear: () => byEmail.clear(),
  }
}

/** The document's answers to a path that ends with an address have it (seed 004 L3083, L13140). */
export const INLINE = { 'content-disposition': 'inline;filename=f.txt' }

export const personRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/person/v1/id/byEmail/:email',
    access: 'account',
    /** Seed 004 L13116-13143. observed: -105 with this text for an unknown address. */
    handle({ context, params }): Answer {
      const email = params['email'] ?? ''
      const person = context.persons.find(email)
      if (!person) throw refuse('personUnknown', email)
      return json({ personId: person.id }, { headers: { 'content-type': 'application/json', ...INLINE } })
    },
  },
]

// A sentence that must hold, and how it is tried.
import type fc from 'fast-check'

export interface Property {
  readonly name: string
  readonly property: fc.IRawProperty<unknown>
}

// What the rules of src/issuance promise, in every history that the model world can have.
import fc from 'fast-check'
import type { Property } from '../property.ts'
import { endsWell } from './calm.ts'
import { changeIssuer, happen } from './happenings.ts'
import { type Action, histories, settings } from './history.ts'
import { World, type WorldSettings } from './world.ts'

/** Lines of a failed history that are shown: what led to it is near its end. */
const SHOWN_LINES = 80

export const orderCoreProperties: readonly Property[] = [
  {
    name: 'a request is ordered once, told the truth, and brought to an end, whatever happens',
    property: fc.property(settings, histories, (initial, history) => tell(initial, history)),
  },
]

function tell(initial: WorldSettings, history: readonly Action[]): void {
  const world = new World(initial)
  try {
    changeIssuer(world, 'create', initial)
    for (const what of history) happen(world, what, initial)
    endsWell(world, initial)
  } catch (error) {
    const lines = world.trace.slice(-SHOWN_LINES)
    throw new Error(`${error instanceof Error ? error.message : error}\n${lines.join('\n')}`, { cause: error })
  }
}

// The client, reflector, store, queue and controller against everything that a real API server and a real network do in years.
// After each: the store is what the API server lists, handlers were told all of it, every wish is fulfilled, and neither calls
// nor connections have grown beyond what is stated. The table at the end says what each cost.
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { heldMib } from './heap.ts'
import { NETWORK_FAULTS } from './network-faults.ts'
import { MOST_CONNECTIONS } from './observer.ts'
import { type Fault, type Outcome, run } from './scene.ts'
import { BRITTLE_FAULTS, manyObjects, STEADY_FAULTS } from './server-faults.ts'
import { type Servers, startServers } from './servers.ts'
import { faultTable } from './table.ts'

/** The longest back-off is 2 s here; the rest is for two slow cores that do other things as well. */
const MOST_RECOVERY_MS = 20_000
/** Each change is a wish to fulfil; some are met by a conflict, and each object's is tried again now and then in an outage. */
const MOST_WRITES_PER_CHANGE = 2
const MOST_OTHER_WRITES = 60
/** For modules and compiled code. The 20,000 objects alone were more. */
const MOST_GROWTH_MIB = 15

let servers: Servers
let heldBefore: number
const outcomes: Outcome[] = []

beforeAll(async () => {
  servers = await startServers({ log: (line) => process.stderr.write(`faults: ${line}\n`) })
  heldBefore = heldMib()
})
afterAll(async () => {
  console.log(faultTable(outcomes))
  await servers[Symbol.asyncDispose]()
})

async function survives(fault: Fault, { expect }: TestContext): Promise<void> {
  const outcome = await run(fault, servers)
  outcomes.push(outcome)
  const { changes, writes, lists, watches } = outcome
  expect.soft(outcome.differences).toEqual([])
  expect.soft(outcome.recoveredMs).toBeLessThan(MOST_RECOVERY_MS)
  if (fault.met !== undefined) expect.soft([...outcome.complaints.keys()]).toContain(fault.met)
  expect.soft(lists + watches).toBeLessThanOrEqual(fault.mostReads)
  expect.soft(writes).toBeLessThanOrEqual(MOST_WRITES_PER_CHANGE * changes + MOST_OTHER_WRITES)
  expect.soft(outcome.open).toBeLessThanOrEqual(MOST_CONNECTIONS)
}

describe.concurrent('each by itself', () => {
  it.for([...NETWORK_FAULTS, ...STEADY_FAULTS, manyObjects()])('$name', survives)
})

describe.concurrent('one after the other', () => {
  it.for(BRITTLE_FAULTS)('$name', { concurrent: false }, survives)
})

describe('all of them', () => {
  it('leave nothing behind in memory', () => {
    const grownMib = heldMib() - heldBefore
    console.log(`held: ${heldBefore.toFixed(1)} MiB before, ${grownMib.toFixed(1)} MiB more after`)
    expect(grownMib).toBeLessThan(MOST_GROWTH_MIB)
  })
})

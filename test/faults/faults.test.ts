// The client, reflector, store, queue and controller against everything that a real API server and a real network do in years.
// After each: the store is what the API server lists, handlers were told all of it, every wish is fulfilled, and neither calls
// nor connections have grown beyond what is stated. The table at the end says what each cost.
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { NETWORK_FAULTS } from './network-faults.ts'
import { type Fault, type Outcome, run } from './scene.ts'
import { BRITTLE_FAULTS, manyObjects, STEADY_FAULTS } from './server-faults.ts'
import { type Servers, startServers } from './servers.ts'
import { table } from './table.ts'

let servers: Servers
const outcomes: Outcome[] = []

beforeAll(async () => {
  servers = await startServers({ log: (line) => process.stderr.write(`faults: ${line}\n`) })
})
afterAll(async () => {
  console.log(table(outcomes))
  await servers[Symbol.asyncDispose]()
})

async function survives(fault: Fault, { expect }: TestContext): Promise<void> {
  const outcome = await run(fault, servers)
  outcomes.push(outcome)
  expect.soft(outcome.differences).toEqual([])
  if (fault.met !== undefined) expect.soft([...outcome.failures.keys()]).toContain(fault.met)
  expect.soft(outcome.lists + outcome.watches).toBeLessThanOrEqual(fault.mostReads)
}

describe.concurrent('each by itself', () => {
  it.for([...NETWORK_FAULTS, ...STEADY_FAULTS, manyObjects()])('$name', survives)
})

describe.concurrent('one after the other', () => {
  it.for(BRITTLE_FAULTS)('$name', { concurrent: false }, survives)
})

// One simulator for all tests of a file, reset before each of them, and a client of it. To be awaited where the file begins.
import { afterAll, beforeEach } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'
import { createTestClient, type TestClient } from './test-client.ts'

export async function sharedSimulator(
  options?: SimulatorOptions,
): Promise<{ readonly simulator: Simulator; readonly client: TestClient }> {
  const simulator = await startSimulator(options)
  const client = createTestClient(simulator)
  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await simulator.close()
  })
  beforeEach(() => simulator.control.reset())
  return { simulator, client }
}

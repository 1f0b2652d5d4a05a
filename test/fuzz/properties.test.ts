// The properties of parsers, run shortly: a hundred inputs for each, the same ones each time.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSample, parserProperties } from './properties.ts'
import type { Property } from './property.ts'

let properties: readonly Property[]

beforeAll(async () => {
  properties = parserProperties(await createSample())
})

describe('whatever a CA, an API server or people write', () => {
  it('holds', { timeout: 120_000 }, async () => {
    expect(properties.length).toBeGreaterThan(30)
    for (const { name, property } of properties) {
      await fc.assert(property, {
        numRuns: 100,
        seed: 1,
        reporter(details) {
          if (details.failed) throw new Error(`${name}\n${fc.defaultReportMessage(details)}`)
        },
      })
    }
  })
})

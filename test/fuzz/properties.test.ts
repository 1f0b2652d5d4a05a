// The properties of parsers, run shortly: a hundred inputs for each, the same ones each time.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createCsr, createTestPki } from '../support/pki.ts'
import { parserProperties } from './properties.ts'
import type { Property } from './property.ts'

let properties: readonly Property[]

beforeAll(async () => {
  const pki = await createTestPki()
  properties = parserProperties(pki, await pki.intermediate.sign((await createCsr({ dns: ['a.example'] })).pem))
})

describe('whatever a CA answers', () => {
  it('holds', async () => {
    expect(properties.length).toBeGreaterThan(10)
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

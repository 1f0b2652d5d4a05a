// Replays every example of the vendor's document that the simulator answers, and says how much of the document that is.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coveragePage, coverageReport, testName } from './coverage.ts'
import { replay } from './replay.ts'
import { CALLS_IN_DOCUMENT, OTHER_SECTIONS, SECTIONS } from './sections.ts'
import { doubtfulFields } from './shape.ts'
import type { World } from './world.ts'
import { createWorld } from './world.ts'

const PAGE = new URL('../../../../docs/sectigo-coverage.md', import.meta.url).pathname

let world: World
const passed = new Set<string>()

beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  console.log(coverageReport(passed))
  await world[Symbol.asyncDispose]()
})

describe.each(SECTIONS)('$title', ({ examples, notReplayed = [], from, to, calls, answers }) => {
  it.each(examples.map((one) => [testName(one), one] as const))('%s', async (name, example) => {
    expect(await replay(world, example)).toEqual([])
    passed.add(name)
  })

  it('has every example of the section, each with its doubts in words', () => {
    expect(new Set([...examples, ...notReplayed].map(({ line }) => line)).size).toBe(calls + answers)
    expect(examples.filter(({ line }) => line < from || line > to)).toEqual([])
    const silent = examples.filter(({ answer, line }) => {
      const told = examples.some((one) => one.line === line && one.notes !== undefined)
      return answer !== undefined && doubtfulFields(answer).length > 0 && !told
    })
    expect(silent.map(testName)).toEqual([])
  })
})

describe('the document', () => {
  it('is divided into sections without a gap in its calls', () => {
    const ordered = [...SECTIONS, ...OTHER_SECTIONS].toSorted((a, b) => a.from - b.from)
    expect(ordered.filter((one, index) => one.from <= (ordered[index - 1]?.to ?? 0))).toEqual([])
    expect(ordered.reduce((sum, { calls }) => sum + calls, 0)).toBe(CALLS_IN_DOCUMENT)
  })

  it('is covered as docs/sectigo-coverage.md says', async () => {
    await expect(coveragePage(passed)).toMatchFileSnapshot(PAGE)
  })
})

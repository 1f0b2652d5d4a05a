import { expect, it } from 'vitest'
import { z } from 'zod'
import { arrayOf, optional, remoteId } from './schemas.ts'

const rows = arrayOf(z.object({ id: remoteId, name: optional(z.string()) }))
/** Of this thread's own time. What fits nothing costs as much as reading the text; noting it all takes many seconds. */
const MOST_MS = 1_500

it('an array is read with what each element becomes', () => {
  expect(
    rows.parse([
      { id: 1, name: 'a' },
      { id: '2', name: 3 },
    ]),
  ).toEqual([
    { id: '1', name: 'a' },
    { id: '2', name: undefined },
  ])
})

it('an array says where it is unusable first', () => {
  expect(rows.safeParse([{ id: 1 }, { id: {} }, 0]).error?.issues.map(({ path }) => path)).toEqual([[1, 'id']])
  expect(rows.safeParse({}).success).toBe(false)
})

it.each(['0', '{"id":{}}', '{"id":1}'])('four megabytes of %s are not an array', (element) => {
  const answer = `[${`${element},`.repeat(4_194_304 / (element.length + 1))}0]`
  const before = process.threadCpuUsage()
  expect(optional(z.object({ rows })).parse({ rows: JSON.parse(answer) })).toBeUndefined()
  const { user, system } = process.threadCpuUsage(before)
  expect((user + system) / 1_000).toBeLessThan(MOST_MS)
})

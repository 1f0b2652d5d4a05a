import { expect, it } from 'vitest'
import { growthOf, leaks } from './growth.ts'
import type { Life, Sample } from './replica.ts'

const sample = (differences: Partial<Sample> = {}): Sample => ({
  rssMib: 130,
  heapMib: 30,
  toScm: 1,
  toApiServer: 8,
  ...differences,
})

/** Looked at so often; `heapMib` by number of the look. */
const life = (looks: number, heapMib: (n: number) => number): Life => ({
  replica: 'a',
  pid: 1,
  samples: Array.from({ length: looks }, (_, n) => sample({ heapMib: heapMib(n) })),
  errors: new Map(),
})

it('compares the thirds of the oldest process, each by what is left after a collection', () => {
  const sawtooth = (n: number): number => 30 + (n % 10)
  expect(growthOf([life(5, () => 10), life(90, sawtooth)])).toMatchObject({ heapMib: [30, 30], toApiServer: [8, 8] })
})

it('names a heap that grows, of a process that is old enough to tell', () => {
  const growing = (n: number): number => 30 + n
  expect(leaks([life(90, growing)], [])).toEqual(['more is held by 60.0 MiB'])
  expect(leaks([life(30, (n) => 30 + 10 * n)], [])).toEqual([])
})

it('names connections that are left', () => {
  expect(leaks([], [sample({ toScm: 100, toApiServer: 100 })])).toEqual([
    '100 connections to SCM are open at the end, 15 are enough',
    '100 connections to the API server are open at the end, 40 are enough',
  ])
})

import { beforeEach, describe, expect, it } from 'vitest'
import { Errands } from './errands.ts'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

let woken: string[]
let errands: Errands

beforeEach(() => {
  woken = []
  errands = new Errands({ wake: (key) => woken.push(key) })
})

describe('an errand', () => {
  it('wakes its request when it ends', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    errands.begin({ uid: 'a', key: 'ns/a', run: () => promise })
    expect([errands.underway('a'), errands.underway('b')]).toEqual([true, false])
    resolve()
    await settled()
    expect([errands.underway('a'), woken]).toEqual([false, ['ns/a']])
  })

  it('that failed says so to the next reconcile, once', async () => {
    errands.begin({
      uid: 'a',
      key: 'ns/a',
      run: () => {
        throw new Error('no')
      },
    })
    await settled()
    expect(woken).toEqual(['ns/a'])
    expect(() => errands.underway('a')).toThrow('no')
    expect(errands.underway('a')).toBe(false)
  })

  it('is told when its request is forgotten, and its failure is nobody’s then', async () => {
    const run = (signal: AbortSignal): Promise<void> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    errands.begin({ uid: 'a', key: 'ns/a', run })
    await settled()
    errands.forget('a')
    await settled()
    expect(errands.underway('a')).toBe(false)
  })

  it('that may not be cut is waited for at the end', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    errands.begin({ uid: 'a', key: 'ns/a', run: () => promise })
    let stopped = false
    const stopping = errands.stop().then(() => {
      stopped = true
    })
    await settled()
    expect(stopped).toBe(false)
    resolve()
    await stopping
  })
})

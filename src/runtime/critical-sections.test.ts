import { describe, expect, it } from 'vitest'
import { CriticalSections, DrainingError } from './critical-sections.ts'

describe('CriticalSections', () => {
  it('hands through what a section returns or throws', async () => {
    const sections = new CriticalSections()
    expect(await sections.run('a', async () => 7)).toBe(7)
    await expect(sections.run('b', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    expect(sections.names).toEqual([])
  })

  it('is idle when the last one has ended, and not before', async () => {
    const sections = new CriticalSections()
    const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const running = [sections.run('submit x', () => one.promise), sections.run('submit y', () => two.promise)]
    let idle = false
    const waiting = sections.idle().then(() => {
      idle = true
    })
    expect(sections.names).toEqual(['submit x', 'submit y'])
    one.resolve()
    await running[0]
    expect(idle).toBe(false)
    two.reject(new Error('failed'))
    await expect(running[1]).rejects.toThrow('failed')
    await waiting
    await sections.idle()
  })

  it('begins none once closed, but lets those that run end', async () => {
    const sections = new CriticalSections()
    const one = Promise.withResolvers<string>()
    const running = sections.run('a', () => one.promise)
    sections.close()
    let begun = false
    const refused = sections.run('submit z', async () => {
      begun = true
    })
    await expect(refused).rejects.toThrow(DrainingError)
    await expect(refused).rejects.toThrow('submit z: not begun')
    expect(begun).toBe(false)
    one.resolve('done')
    expect(await running).toBe('done')
  })
})

// Waiting must end: with the answer, with the reason, or with what went wrong last.
import { describe, expect, it } from 'vitest'
import { GiveUp, waitUntil } from './wait-until.ts'

const options = { what: 'the answer', timeoutMs: 5000, everyMs: 1 }

describe('waitUntil', () => {
  it('asks until there is an answer, errors and all', async () => {
    const answers = [undefined, false, new Error('not yet'), 42] as const
    let asked = 0
    const ask = async (): Promise<number | undefined | false> => {
      const answer = answers[asked++]
      if (answer instanceof Error) throw answer
      return answer
    }
    expect(await waitUntil(ask, options)).toBe(42)
    expect(asked).toBe(answers.length)
  })

  it('gives up in time and keeps the last error', async () => {
    const waiting = waitUntil(() => Promise.reject(new Error('refused')), { ...options, timeoutMs: 20 })
    await expect(waiting).rejects.toMatchObject({
      message: 'gave up waiting for the answer after 0.02 s',
      cause: { message: 'refused' },
    })
  })

  it('gives up at once when no answer can come', async () => {
    await expect(waitUntil(() => Promise.reject(new GiveUp('it has ended')), options)).rejects.toThrow('it has ended')
  })

  it('stops when aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(waitUntil(async () => undefined, { ...options, signal })).rejects.toThrow('enough')
  })
})

import { describe, expect, it } from 'vitest'
import { CredentialState } from './credential-state.ts'
import { failure } from './failure.ts'

const refusal = failure('HandshakeFailed')

/** A call that ends when it is told to. */
function heldCall() {
  const { promise, resolve } = Promise.withResolvers<void>()
  let begun = false
  const call = (): Promise<void> => {
    begun = true
    return promise
  }
  return { call, end: resolve, begun: () => begun }
}

const turns = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await Promise.resolve()
}

describe('a credential', () => {
  it('is tried by one call alone until it was accepted', async () => {
    const state = new CredentialState()
    const calls = [heldCall(), heldCall(), heldCall(), heldCall()]
    const taken = calls.map(({ call }) => state.take(call))
    const begun = async (): Promise<boolean[]> => {
      await turns()
      return calls.map((one) => one.begun())
    }
    expect(await begun()).toEqual([true, false, false, false])
    // It told nothing: no answer came.
    calls[0]?.end()
    expect(await begun()).toEqual([true, true, false, false])
    state.accept()
    calls[1]?.end()
    expect(await begun()).toEqual([true, true, true, true])
    for (const { end } of calls) end()
    await Promise.all(taken)
  })

  it('lets go of those who waited when the trial fails', async () => {
    const state = new CredentialState()
    const failed = state.take(() => Promise.reject(new Error('bug')))
    const next = state.take(async () => 'tried')
    await expect(failed).rejects.toThrow('bug')
    expect(await next).toBe('tried')
  })

  it('stays refused, and is tried again once for each reason', async () => {
    const state = new CredentialState()
    state.retryFor('41')
    state.refuse(refusal)
    state.accept()
    expect(state.refusal).toBe(refusal)
    state.retryFor('42')
    expect(state.refusal).toBeUndefined()
    state.refuse(refusal)
    state.retryFor('42')
    expect(state.refusal).toBe(refusal)
  })
})

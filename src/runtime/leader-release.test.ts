import { describe, expect, it } from 'vitest'
import { fakeElection } from '../../test/support/fake-election.ts'

describe('release', () => {
  it('does not touch a lease that was lost or never had', async () => {
    const { clock, server, elector, campaign, stop } = fakeElection()
    const a = elector('a')
    campaign(a)
    await clock.advance(0)
    server.put({ holderIdentity: 'thief', leaseDurationSeconds: 15 })
    await clock.advance(2_000)
    await a.release()
    const b = elector('b')
    campaign(b)
    await clock.advance(0)
    stop.abort()
    await b.release()
    expect(server.spec?.holderIdentity).toBe('thief')
    expect(clock.pending).toBe(0)
  })

  it('gives back what is still ours at the API server: lost for want of an answer, or taken without one', async () => {
    const { clock, server, elector, campaign, stop } = fakeElection()
    const a = elector('a')
    campaign(a)
    await clock.advance(0)
    server.fail = () => 'unreachable'
    await clock.advance(12_000)
    expect(a.lost.aborted).toBe(true)
    server.fail = () => undefined
    await a.release()
    expect(server.spec?.holderIdentity).toBe('')

    server.fail = (call) => (call === 'b patch' ? 'answer lost' : undefined)
    const b = elector('b')
    campaign(b)
    await clock.advance(0)
    stop.abort()
    server.fail = () => undefined
    expect(server.spec?.holderIdentity).toBe('b')
    await b.release()
    expect(server.spec?.holderIdentity).toBe('')
  })

  it('gives back also what a renewal changed meanwhile, one whose answer nobody waited for', async () => {
    const { clock, server, elector, campaign, lines } = fakeElection()
    const a = elector('a')
    campaign(a)
    await clock.advance(0)
    let inFlight = 2
    server.fail = (call) => {
      if (call === 'a patch' && inFlight-- > 0) server.put({ ...server.spec, renewTime: `${inFlight}` })
      return undefined
    }
    await a.release()
    expect(server.spec).toMatchObject({ holderIdentity: '', leaseTransitions: 0 })
    expect(lines.at(-1)).toContain('is released')
  })

  it('never throws, and gives up on a server that hangs', async () => {
    const { clock, server, elector, campaign, lines } = fakeElection()
    const a = elector('a')
    campaign(a)
    await clock.advance(0)
    server.fail = () => 'hang'
    const releasing = a.release()
    await clock.advance(5_000)
    await releasing
    expect(lines.at(-1)).toContain('could not be released')
    expect(clock.pending).toBe(0)
  })
})

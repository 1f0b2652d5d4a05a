// What a request chooses by annotations is what was chosen when its order was put on record, whoever changes them later; and what
// an issuer does not allow costs nothing.
import { beforeEach, describe, expect, it } from 'vitest'
import { certificateRequests } from '../api/certificate-request.ts'
import type { Submission } from '../backends/backend.ts'
import { REQUEST, RequestWorld, requestSamples } from './testing/request-world.ts'

const samples = await requestSamples()
let world: RequestWorld
let sent: { target: Submission['target']; overrides: Submission['overrides'] | undefined }[]
beforeEach(() => {
  world = new RequestWorld(samples)
  sent = []
  world.setIssuer({ overrides: { allow: ['term', 'comments'] } })
  world.outcome = ({ target, overrides }) => {
    sent.push({ target, overrides })
    if (sent.length > 1) return { outcome: 'accepted', remote: { id: '812', attributes: {} } }
    annotate({ 'certwright.dev/term': '199', 'certwright.dev/comments': 'by another' })
    return { outcome: 'refused', refusal: { cause: 'busy', code: 'RateLimited', message: 'later' } }
  }
})

/** Somebody who may change the request does, and the watch tells. */
function annotate(annotations: Readonly<Record<string, string>>): void {
  const request = world.kube.peek(certificateRequests, REQUEST)
  if (request === undefined) throw new TypeError('there is no request')
  world.requests.upsert(
    world.kube.put(certificateRequests, { ...request, metadata: { ...request.metadata, annotations } }),
  )
}

describe('the annotations of a request', () => {
  it('are sent, with every attempt, as they were when the order was put on record', async () => {
    annotate({ 'certwright.dev/term': '90', 'certwright.dev/comments': 'ticket 12' })
    await world.settle()
    expect(world.recorded()?.spec).toMatchObject({
      target: { term: 90 },
      overrides: { term: 90, comments: 'ticket 12' },
    })
    expect(sent).toEqual(
      [1, 2].map(() => ({ target: expect.objectContaining({ term: 90 }), overrides: { comments: 'ticket 12' } })),
    )
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })

  it('that the issuer does not let them make the request wait, without a record, until they are corrected', async () => {
    annotate({ 'certwright.dev/external-requester': 'ada@acme.example' })
    await world.reconcile()
    expect(world.readyOf()).toMatchObject({
      reason: 'Pending',
      message: expect.stringMatching(
        /^NotAllowed: .*certwright.dev\/external-requester: .*does not list externalRequester/,
      ),
    })
    expect([world.recorded(), sent]).toEqual([undefined, []])
    annotate({})
    await world.settle()
    expect(world.recorded()?.spec.overrides).toBeUndefined()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })

  it('that choose nothing hold nothing up, and are told of once, when the order is put on record', async () => {
    annotate({ 'certwright.dev/terms': '90', 'example.com/term': '90' })
    await world.settle()
    expect(sent.map(({ overrides }) => overrides)).toEqual([{}, {}])
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(world.toldRequests).toEqual(['UnknownAnnotation', 'Issued'])
  })

  it('choose nothing for an order that is on record already', async () => {
    await world.settle()
    expect(sent[1]).toMatchObject({ overrides: {} })
    expect(sent[1]?.target).toEqual(sent[0]?.target)
  })
})

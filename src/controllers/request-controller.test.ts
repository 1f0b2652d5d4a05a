// What the controller of requests does for one request, from approval to certificate, and that nothing leaves it stuck.
import { beforeEach, describe, expect, it } from 'vitest'
import { order } from '../../test/support/known.ts'
import { refusal } from '../../test/support/memory-kube.ts'
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../api/certificate-request.ts'
import { IssuerProblem } from './issuer-problem.ts'
import { slimRequest } from './requests.ts'
import { ORDER, REQUEST, RequestWorld, requestSamples } from './testing/request-world.ts'

/** More looks than an order has in an hour. */
const MOST_LOOKS = 200

const samples = await requestSamples()
let world: RequestWorld
beforeEach(() => {
  world = new RequestWorld(samples)
})

describe('an instantly issued request', () => {
  it('costs one order, and writes the record, its id, its end, and the request', async () => {
    await expect(world.reconcile()).resolves.toEqual({})
    expect(world.submissions).toEqual([1])
    expect(world.kube.calls).toEqual([
      'create certificateorders',
      'patch certificateorders',
      'patch certificateorders',
      'patch certificaterequests',
    ])
    expect(world.readyOf()).toMatchObject({ status: 'True', reason: 'Issued' })
    expect(world.recorded()?.status).toMatchObject({ phase: 'Issued', remote: { id: '812', state: 'Issued' } })
  })

  it('is kept small afterwards', async () => {
    await world.reconcile()
    const kept = world.requests.get('shop/shop-1')
    expect(kept).toEqual(slimRequest(kept as CertificateRequest))
    expect(JSON.stringify(kept)).not.toContain('BEGIN')
  })
})

describe('never stuck', () => {
  it('by a Secret that went away a moment ago: the request says so and is looked at again', async () => {
    world.connects = () => {
      throw new IssuerProblem('SecretNotFound', 'Secret "shop/s" does not exist')
    }
    await expect(world.reconcile()).resolves.toMatchObject({ requeueAfterMs: 300_000 })
    expect(world.readyOf()).toMatchObject({
      reason: 'Pending',
      message: expect.stringContaining('SecretNotFound: Secret "shop/s"'),
    })
    world.connects = () => {}
    await world.settle()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(world.submissions).toEqual([1])
  })

  it('by a policy or a quota that forbids its record: it says so once, and goes on when that is over', async () => {
    world.setIssuer({ budget: { ordersPerDay: 1, perNamespacePerDay: 1, openOrders: 1 } })
    world.ask(2)
    let forbidden = true
    world.kube.before = (verb, plural) => {
      if (forbidden && verb === 'create' && plural === 'certificateorders')
        throw refusal(403, 'no record without a label')
    }
    await expect(world.reconcile(1)).rejects.toMatchObject({ status: 403 })
    await expect(world.reconcile(1)).rejects.toMatchObject({ status: 403 })
    const ready = {
      reason: 'Pending',
      message: expect.stringMatching(/cannot be written.*no record without a label$/),
    }
    expect(world.readyOf(1)).toMatchObject(ready)
    // Nor does it keep others from what the budget has.
    await expect(world.reconcile(2)).rejects.toMatchObject({ status: 403 })
    expect(world.readyOf(2)).toMatchObject(ready)
    expect(world.kube.calls.filter((call) => call === 'patch certificaterequests')).toHaveLength(2)
    expect(world.toldRequests).toEqual(['RecordForbidden', 'RecordForbidden'])
    forbidden = false
    await world.settle()
    expect(world.readyOf(1)).toMatchObject({ reason: 'Issued' })
    expect(world.submissions).toEqual([1])
  })

  it('by a request that is deleted while it is worked on', async () => {
    world.kube.delete(certificateRequests, REQUEST)
    await expect(world.reconcile()).resolves.toEqual({})
    expect(world.kube.calls.filter((call) => call === 'patch certificaterequests')).toHaveLength(1)
  })

  it('by a shutdown between record and submission: it is put on record that nothing was sent', async () => {
    world.kube.after = (verb) => {
      if (verb === 'create') world.draining = true
    }
    world.outcome = ({ mayBegin }) => {
      if (mayBegin()) throw new Error('sent while draining')
      return { outcome: 'refused', refusal: { cause: 'busy', code: 'NotSent', message: 'not sent' } }
    }
    await world.reconcile()
    expect(world.recorded()?.status?.attempts).toMatchObject([{ number: 1, outcome: 'Refused', code: 'NotSent' }])
  })

  it('by a shutdown before its record: there is none', async () => {
    world.draining = true
    await expect(world.reconcile()).rejects.toThrow('shutting down')
    expect(world.recorded()).toBeUndefined()
  })

  it('by a CA that is busy: it is asked again after a pause, under the same attempt', async () => {
    world.outcome = () =>
      world.submissions.length < 3
        ? { outcome: 'refused', refusal: { cause: 'busy', code: 'RateLimited', message: 'slow down', retryAfterMs: 0 } }
        : { outcome: 'accepted', remote: { id: '812', attributes: {} } }
    const { requeueAfterMs } = await world.reconcile()
    expect(requeueAfterMs).toBeGreaterThan(4_000)
    expect(world.submissions).toEqual([1])
    await world.settle()
    expect(world.submissions).toEqual([1, 1, 1])
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })
})

describe('rule 8: a certificate', () => {
  const issued = async (): Promise<CertificateOrder> => {
    const first = new RequestWorld(samples)
    await first.reconcile()
    return first.recorded() as CertificateOrder
  }

  it('that is on record is handed out by the next process, if its request has none', async () => {
    world.orders.upsert(world.kube.put(certificateOrders, await issued()))
    await world.reconcile()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(world.submissions).toEqual([])
  })

  it.each([
    ['is not handed out when it was to another request', {}, 'Failed'],
    ['of another CA may have the same serial', { spkiSha256: 'f'.repeat(64) }, 'Issued'],
  ])('%s', async (_, other, reason) => {
    const { metadata, spec, ...order } = await issued()
    const requestRef = { ...spec.requestRef, name: 'other', uid: 'other' }
    const held = { ...order, metadata: { ...metadata, name: 'cr-other' }, spec: { ...spec, requestRef, ...other } }
    world.orders.upsert(world.kube.put(certificateOrders, held))
    await world.reconcile()
    expect(world.readyOf()).toMatchObject({ reason })
  })
})

describe('rule 10: an order that nobody approved in time', () => {
  const declined: string[] = []
  beforeEach(async () => {
    declined.length = 0
    world.setIssuer({ deadlines: { processing: '168h', approval: '1h' } })
    world.look = { phase: 'awaitingApproval', word: 'Requested', ours: 'yes' }
    world.cancel = ({ id }) => {
      declined.push(id)
      return { outcome: 'cancelled' }
    }
    await world.reconcile()
  })

  it('is declined once, and its request fails', async () => {
    await world.settle(MOST_LOOKS)
    expect(declined).toEqual(['812'])
    expect(world.readyOf()).toMatchObject({ reason: 'Failed', message: expect.stringContaining('declined') })
  })

  it('is left to the leader', async () => {
    world.leads = false
    await expect(world.settle(MOST_LOOKS)).rejects.toThrow('by the leader only')
    expect(declined).toEqual([])
  })
})

describe('rule 12: a status that was decided on an older version', () => {
  const decide = async (meanwhile: (request: CertificateRequest) => CertificateRequest) => {
    const request = world.requests.get('shop/shop-1') as CertificateRequest
    world.connects = () => {
      throw new IssuerProblem('SecretNotFound', 'Secret "shop/s" does not exist')
    }
    const stored = world.kube.put(certificateRequests, meanwhile(request))
    await expect(world.reconcile()).rejects.toMatchObject({ status: 409 })
    expect(world.kube.peek(certificateRequests, REQUEST)).toEqual(stored)
  }

  it('does not erase what another process has delivered', async () => {
    await decide((request) => ({ ...request, status: { ...request.status, certificate: 'Y2VydA==' } }))
  })

  it('does not land on a request that was made again under the same name', async () => {
    await decide((request) => ({ ...request, metadata: { ...request.metadata, uid: 'req-2' } }))
  })
})

describe('a request that is made again under the same name', () => {
  const again = (): void => {
    const { metadata, ...request } = world.kube.peek(certificateRequests, REQUEST) ?? expect.fail('there is none')
    const status = { conditions: request.status?.conditions?.filter(({ type }) => type === 'Approved') ?? [] }
    const second = { ...request, status, metadata: { ...metadata, uid: 'req-2' } }
    world.requests.upsert(world.kube.put(certificateRequests, second))
  }

  it('inherits nothing of what this process knew of the first one', async () => {
    await world.reconcile()
    again()
    await world.reconcile()
    expect(world.recorded(2)?.spec).toMatchObject({ requestRef: { uid: 'req-2' }, firstAttempt: 'AtCreation' })
    expect(world.submissions).toEqual([1, 1])
  })

  it('continues its open order if it has the same CSR', async () => {
    world.look = { phase: 'awaitingApproval', word: 'Requested', ours: 'yes' }
    await world.reconcile()
    again()
    await world.reconcile()
    expect(world.recorded(2)).toMatchObject({
      spec: { continues: { uid: 'req-1' } },
      status: { remote: { id: '812' } },
    })
    expect(world.submissions).toEqual([1])
  })
})

describe('rule 12: an attempt that was decided on an older version of the record', () => {
  it('is not recorded, and so not sent, even if the newer version is seen before it is written', async () => {
    const refusal = { cause: 'busy', code: 'RateLimited', message: 'slow down' } as const
    world.outcome = () => ({ outcome: 'refused', refusal })
    await world.reconcile()
    await world.clock.advance(10_000)
    world.connects = () => {
      const record = world.recorded()
      // Between the decision and the write, of which the turn tells, somebody else learns the id.
      if (record === undefined || world.turnsHeld === 0) return
      const status = { ...record.status, phase: 'Open', remote: { id: '900', attributes: {} } } as const
      world.orders.upsert(world.kube.put(certificateOrders, { ...record, status }))
    }
    await expect(world.reconcile()).rejects.toMatchObject({ status: 409 })
    expect(world.submissions).toEqual([1])
  })
})

describe('an operator of another class', () => {
  it('leaves a request alone whose issuer is gone, as long as the order that was made through it is on record', async () => {
    const request = world.requests.get('shop/shop-1') as CertificateRequest
    const { spec } = request
    const changed = { ...request, spec: { ...spec, issuerRef: { ...spec.issuerRef, name: 'gone' } } }
    world.requests.upsert(world.kube.put(certificateRequests, changed))
    world.orders.upsert(blueOrder())
    await expect(world.reconcile()).resolves.toEqual({})
    expect(world.kube.calls).toEqual([])
    world.orders.remove('shop/cr-req-1')
    await world.reconcile()
    expect(world.readyOf()).toMatchObject({ message: expect.stringContaining('which does not exist') })
  })

  it('leaves its orders alone too when their requests are gone', async () => {
    world.setIssuer({ onRequestDeleted: 'Decline' })
    world.orders.upsert(blueOrder())
    world.deleteRequest()
    await expect(world.reconcileOrder()).resolves.toEqual({})
  })
})

describe('a slot of the login', () => {
  it('is given back when the request goes while it is looked at', async () => {
    world.connects = () => world.requests.remove('shop/shop-1')
    await world.reconcile()
    await world.reconcile()
    expect(world.turnsHeld).toBe(0)
    expect(world.submissions).toEqual([])
  })

  it('is not held while an order is searched for', async () => {
    // The record's creation took effect, its answer and the look for it are lost, and the cache does not know it yet.
    world.kube.after = (verb) => {
      if (verb === 'create') throw refusal(0, 'Timeout')
    }
    world.kube.before = (verb) => {
      if (verb === 'get') throw refusal(0, 'Timeout')
    }
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'Timeout' })
    world.kube.before = () => {}
    world.kube.after = () => {}
    await world.reconcile()
    expect(world.turnsHeldWhileSearching).toEqual([0])
    expect(world.submissions).toEqual([])
  })
})

/** As an operator of class blue has made it. */
function blueOrder(): CertificateOrder {
  const blue = order({ phase: 'Open' }, { operatorClass: 'blue' })
  return { ...blue, metadata: { ...blue.metadata, ...ORDER } }
}

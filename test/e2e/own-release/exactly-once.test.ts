// One request, one order: whatever ends the operator or its connection, and whenever.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../../src/runtime/events.ts'
import { DEFAULT_SETTINGS } from '../../simulators/sectigo/settings.ts'
import { enrolment, expectOneOrder, LATE_MS, readyToAsk, readyToAskBoth } from './asked.ts'
import { installOwnRelease, logged, type OwnRelease, SHORT_LEASE, showLogsOnFailure } from './own-release.ts'

let release: OwnRelease
beforeAll(async () => {
  release = await installOwnRelease('once', { values: SHORT_LEASE })
})
afterEach(async () => {
  await release.simulator.control.clearFaults()
  await release.simulator.control.patchSettings(DEFAULT_SETTINGS)
})
afterAll(() => release.uninstall())

const ACCEPTED = { number: 1, outcome: 'Accepted' }

describe('an operator that is killed', () => {
  /** Shortens every wait so little that nothing is ordered again while these tests run: 30 min become 90 s. */
  const timeScale = 20
  afterEach(() => release.stopOperators())

  it('after SCM stored the order and before its answer, finds the order by its marker and adopts it', async () => {
    const operator = await release.operator({ timeScale })
    showLogsOnFailure(operator)
    const both = await readyToAskBoth(release, 'unanswered')
    for (const asked of both) {
      await release.simulator.control.addFault({ match: enrolment(asked.product), times: 1, delayMs: LATE_MS })
      await asked.ask()
    }
    for (const asked of both) await asked.stored()
    await operator.kill()
    for (const asked of both) expect((await asked.record())?.status?.remote).toBeUndefined()
    const next = await release.operator({ timeScale })
    showLogsOnFailure(next)
    for (const asked of both) {
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
    await logged(next, 'the order whose answer was lost was found and is adopted', both.length)
  })

  it('after the id is on record and while SCM works, follows the order further', async () => {
    const operator = await release.operator({ timeScale })
    showLogsOnFailure(operator)
    const both = await readyToAskBoth(release, 'working')
    await release.simulator.control.patchSettings({ issueDelayMs: 10 * LATE_MS })
    for (const asked of both) await asked.ask()
    for (const asked of both) await asked.pending('is "')
    await operator.kill()
    showLogsOnFailure(await release.operator({ timeScale }))
    for (const asked of both) {
      const { id } = await asked.stored()
      expect((await asked.record())?.status).toMatchObject({ phase: 'Open', remote: { id: String(id) } })
      await release.simulator.control.issue(id)
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
  })
})

describe('an operator that is told to end', () => {
  const timeScale = 20
  afterEach(() => release.stopOperators())

  it('while SCM has not answered waits for the answer, and puts the order on record', async () => {
    const operator = await release.operator({ timeScale })
    showLogsOnFailure(operator)
    const both = await readyToAskBoth(release, 'ending')
    for (const asked of both) {
      await release.simulator.control.addFault({ match: enrolment(asked.product), times: 1, delayMs: SLOW_ANSWER_MS })
      await asked.ask()
    }
    for (const asked of both) await asked.stored()
    expect(await operator.stop()).toBe(0)
    for (const asked of both) {
      const { id } = await asked.stored()
      expect((await asked.record())?.status).toMatchObject({ remote: { id: String(id) }, attempts: [ACCEPTED] })
    }
    showLogsOnFailure(await release.operator({ timeScale }))
    for (const asked of both) {
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
  })
})

/** Time to see that the order is stored, and to send the signal. */
const SLOW_ANSWER_MS = 4_000

describe('an answer that is lost', () => {
  /** 30 min, after which an order that is not found is placed again, become 6 s. */
  const timeScale = 300
  beforeAll(async () => {
    await release.operator({ timeScale })
  })
  afterAll(() => release.stopOperators())

  it('though SCM stored the order: it is found and adopted', async () => {
    const both = await readyToAskBoth(release, 'stored')
    for (const asked of both) {
      await release.simulator.control.addFault({ match: enrolment(asked.product), times: 1, cut: 'afterStoring' })
      await asked.ask()
    }
    for (const asked of both) {
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
  })

  it('though SCM stored the order, since a gateway answered 503: it is found and adopted', async () => {
    const both = await readyToAskBoth(release, 'gateway')
    const page = '<html><head><title>503 Service Unavailable</title></head><body>No server is available</body></html>'
    for (const asked of both) {
      const gateway = { perform: true, status: 503, body: page }
      await release.simulator.control.addFault({ match: enrolment(asked.product), times: 1, ...gateway })
      await asked.ask()
    }
    for (const asked of both) {
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
  })

  it('to an order that SCM never saw: it is searched for, and only then placed again', async () => {
    const faults = [
      { cut: 'before', code: 'ConnectionReset' },
      { status: 503, code: 'HTTP503' },
    ] as const
    // One kind of fault after the other: the second attempt of an order must not meet what is meant for the next one.
    for (const { code, ...fault } of faults) {
      const both = await readyToAskBoth(release, 'unseen')
      for (const asked of both) {
        await release.simulator.control.addFault({ match: enrolment(asked.product), times: 1, ...fault })
        await asked.ask()
      }
      for (const asked of both) {
        await asked.issued()
        await expectOneOrder(asked, [
          { number: 1, outcome: 'Unknown', code },
          { number: 2, outcome: 'Accepted' },
        ])
      }
    }
  })
})

describe('an order that SCM stores after the search for it, beside the next one', () => {
  /** The half hour of the search becomes 1.5 s, the hour after which it is made again 3 s. */
  const timeScale = 1_200
  afterEach(() => release.stopOperators())

  it('is named on record and request and counted, and declined where the issuer says so', async () => {
    const { world, simulator } = release
    const operator = await release.operator({ timeScale })
    showLogsOnFailure(operator)
    await simulator.control.patchSettings({ approval: 'manual' })
    const [kept, declined] = await Promise.all([
      readyToAsk(release, 'ssl', 'kept'),
      readyToAsk(release, 'device', 'declined', { onRequestDeleted: 'Decline' }),
    ])
    for (const asked of [kept, declined]) {
      await simulator.control.addFault({ match: enrolment(asked.product), times: 1, cut: 'overtaken' })
      await asked.ask()
    }
    for (const { namespace, stored, orders, record } of [kept, declined]) {
      const { id } = await stored()
      const told = async (): Promise<readonly string[]> =>
        (await world.list<Event>('events.events.k8s.io', namespace))
          .filter(({ reason, note }) => reason === 'OrderedTwice' && note.startsWith(`Order ${id} is on record`))
          .map(({ regarding }) => regarding.kind)
          .toSorted()
      await expect.poll(told, { timeout: LATE_MS }).toEqual(['CertificateOrder', 'CertificateRequest'])
      const { spec, status } = (await record()) ?? {}
      expect(status).toMatchObject({ phase: 'Open', remote: { id: String(id) }, attempts: [{}, { number: 2 }] })
      expect(await orders()).toMatchObject([
        { comments: expect.stringContaining(`${spec?.marker}:2 `), status: 'Requested' },
        {
          comments: expect.stringContaining(`${spec?.marker}:1 `),
          status: namespace === kept.namespace ? 'Requested' : 'Declined',
        },
      ])
    }
    const metrics = await (await fetch(`${operator.metricsUrl}/metrics`)).text()
    expect(metrics).toContain('certwright_orders_doubled_total 2')
  })
})

// Two operators, one Lease: whoever loses it in the middle of an order neither orders again nor makes the next one do so.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Operator } from '../../cluster/operator.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { DEFAULT_SETTINGS } from '../../simulators/sectigo/settings.ts'
import { enrolment, expectOneOrder, LATE_MS, readyToAsk, readyToAskBoth } from './asked.ts'
import {
  installOwnRelease,
  LEADS,
  leads,
  logged,
  type OwnRelease,
  SHORT_LEASE,
  showLogsOnFailure,
} from './own-release.ts'

let release: OwnRelease
let leader: Operator
let standby: Operator

/** 5 min, after which a device order that is not found is placed again, become 15 s: longer than the lease lasts. */
const timeScale = 20

beforeAll(async () => {
  release = await installOwnRelease('leaders', { values: SHORT_LEASE })
})
beforeEach(async () => {
  leader = await release.operator({ timeScale })
  await logged(leader, LEADS)
  standby = await release.operator({ timeScale })
  showLogsOnFailure(leader, standby)
})
afterEach(async () => {
  await release.stopOperators()
  await release.simulator.control.clearFaults()
  await release.simulator.control.patchSettings(DEFAULT_SETTINGS)
})
afterAll(() => release.uninstall())

const ACCEPTED = { number: 1, outcome: 'Accepted' }

describe('contract 16: a leader in the middle of an order', () => {
  it('that is killed: the standby finds the order', async () => {
    const both = await readyToAskBoth(release, 'killed')
    for (const asked of both) {
      await release.simulator.control.addFault({ match: enrolment(asked.product), times: 1, delayMs: LATE_MS })
      await asked.ask()
    }
    for (const asked of both) await asked.stored()
    expect(leads(standby)).toBe(false)
    await leader.kill()
    for (const asked of both) {
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
    expect(leads(standby)).toBe(true)
  })

  it('that is paused: the standby finds the order, and the old leader ends when it wakes', async () => {
    const both = await readyToAskBoth(release, 'paused')
    for (const asked of both) {
      await release.simulator.control.addFault({ match: enrolment(asked.product), times: 1, delayMs: ANSWER_AFTER_MS })
      await asked.ask()
    }
    for (const asked of both) await asked.stored()
    await whilePaused(leader, async () => {
      for (const asked of both) await asked.issued()
    })
    expect(await leader.exitCode).toBe(1)
    for (const asked of both) await expectOneOrder(asked, [ACCEPTED])
    await expectLeaseOf(standby)
  })

  it('that is paused before the order is sent: it sends nothing when it wakes', async () => {
    const { control, tokenUrl } = release.simulator
    const asked = await readyToAsk(release, 'device', 'unsent', {
      auth: { oauth2: { tokenUrl, secretRef: { name: 'scm' } } },
    })
    // SCM refuses the token that the leader has, so that it must get another one when the order is as good as sent.
    await control.revokeTokens()
    const slow = { match: { path: new URL(tokenUrl).pathname }, times: 1, delayMs: TOKEN_AFTER_MS }
    const { id } = await control.addFault(slow)
    await asked.ask()
    await waitUntil(async () => (await control.faults()).some((fault) => fault.id === id && fault.applied === 1), {
      what: 'the leader to ask for a token',
      timeoutMs: LATE_MS,
    })
    // Less than the 10 s for which a recorded attempt may be sent.
    await whilePaused(leader, () => logged(standby, LEADS))
    expect(await leader.exitCode).toBe(1)
    await asked.issued()
    await expectOneOrder(asked, [ACCEPTED])
    expect(leader.logs().filter((line) => line.includes('order is placed'))).toEqual([])
  })
})

/** Longer than it takes to pause the leader, shorter than it stays paused: the answer waits for it when it wakes. */
const TOKEN_AFTER_MS = 4_000
/** Later than the standby takes over, sooner than anybody gives up. */
const ANSWER_AFTER_MS = 10_000

async function whilePaused(operator: Operator, during: () => Promise<void>): Promise<void> {
  process.kill(operator.pid, 'SIGSTOP')
  try {
    await during()
  } finally {
    process.kill(operator.pid, 'SIGCONT')
  }
}

async function expectLeaseOf(operator: Operator): Promise<void> {
  const holder = (await release.lease())?.spec?.holderIdentity ?? ''
  expect(operator.logs().join('\n')).toContain(`"identity":"${holder}"`)
}

// What time or a person can cure never fails a request and never costs a second order; what only a new request cures does.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Operator } from '../../cluster/operator.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { DEFAULT_SETTINGS } from '../../simulators/sectigo/settings.ts'
import { type CertificateRequest, certificate, hasReason } from '../world.ts'
import { enrolment, expectOneOrder, LATE_MS, readyToAsk, readyToAskBoth } from './asked.ts'
import { installOwnRelease, logged, type OwnRelease, showLogsOnFailure } from './own-release.ts'

let release: OwnRelease
let operator: Operator

/** The minute after which a refused order is placed again becomes 3 s; issuers are checked every 30 s. */
const timeScale = 20

beforeAll(async () => {
  release = await installOwnRelease('refused')
  operator = await release.operator({ timeScale })
})
afterEach(async () => {
  await release.simulator.resume()
  await release.simulator.control.clearFaults()
  await release.simulator.control.patchSettings(DEFAULT_SETTINGS)
})
afterAll(() => release.uninstall())

const ACCEPTED = { number: 1, outcome: 'Accepted' }

// SCM's own refusals (seed 004 L97-387).
const TERM_INVALID = { code: -36, description: 'The validity period (term) is invalid for this certificate profile.' }
const PROFILE_UNKNOWN = { code: -111, description: 'No certificate profile found by id 5984' }
const NOT_VALIDATED = { code: -724, description: 'The domain is not validated.' }
const NOT_ALLOWED = { code: -1010, description: 'The domain is not allowed.' }
const CSR_INVALID = { code: -138, description: 'Invalid CSR.' }

describe('an order that SCM refuses', () => {
  it.each([
    ['the issuer’s owner', "Waiting for the issuer's owner", { ssl: TERM_INVALID, device: PROFILE_UNKNOWN }],
    ['a validation', 'Waiting for validation at the CA', { ssl: NOT_VALIDATED, device: NOT_ALLOWED }],
  ])('contract 14: waits for %s, and is placed again as the same attempt', async (_, waiting, answers) => {
    showLogsOnFailure(operator)
    const both = await readyToAskBoth(release, 'curable')
    for (const asked of both) {
      const body = answers[asked.product]
      await release.simulator.control.addFault({ match: enrolment(asked.product), status: 400, body })
      await asked.ask()
    }
    for (const asked of both) {
      const { code, description } = answers[asked.product]
      await asked.pending(`${waiting}: SCM refused the order: ${description} (code ${code})`)
      expect(await asked.orders()).toEqual([])
    }
    await release.simulator.control.clearFaults()
    for (const asked of both) {
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
  })

  it('contract 14: that only a new request cures fails, with failureTime, and is not placed again', async () => {
    showLogsOnFailure(operator)
    const namespace = await release.readyIssuer('incurable')
    const { world, simulator } = release
    await simulator.control.addFault({ match: enrolment('ssl'), status: 400, body: CSR_INVALID })
    const refusals = async (): Promise<number> =>
      (await simulator.control.counters()).calls['POST /api/ssl/v1/enroll']?.['400'] ?? 0
    const before = await refusals()
    await world.apply(certificate(namespace, 'web'))
    const says = 'The CA refused the order: SCM refused the order: Invalid CSR. (code -138); send another CSR'
    const requests = () => world.list<CertificateRequest>('certificaterequests', namespace)
    const ended = async () => (await requests()).find(({ status }) => status?.failureTime !== undefined)
    const failed = await waitUntil(ended, { what: 'the request to fail', timeoutMs: LATE_MS })
    expect(failed.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'Failed',
        message: expect.stringContaining(says),
      }),
    )
    expect(Date.parse(failed.status?.failureTime ?? '')).toBeGreaterThanOrEqual(
      Date.parse(failed.metadata.creationTimestamp),
    )
    const isIssuing = async (): Promise<string | undefined> => {
      type WithConditions = { status?: { conditions?: { type: string; message: string; status: string }[] } }
      const found = await world.get<WithConditions>('certificate', 'web', namespace)
      return found?.status?.conditions?.find(({ type, status }) => type === 'Issuing' && status === 'False')?.message
    }
    await expect.poll(isIssuing, { timeout: LATE_MS, interval: 200 }).toContain(says)
    // After its back-off cert-manager makes another request: each is placed once.
    const placedAgain = async (): Promise<number> => {
      const placed = (await refusals()) - before
      return placed - (await world.list('certificateorders', namespace)).length
    }
    await expect.poll(placedAgain, { timeout: LATE_MS }).toBe(0)
  })
})

describe('SCM away for a while', () => {
  it('contract 13: with orders open and requests made meanwhile: nothing fails, and all are issued when it is back', async () => {
    showLogsOnFailure(operator)
    const { simulator } = release
    // At the same time, and so well before the issuers are checked again: that they are Ready is not to change here.
    const [both, meanwhile] = await Promise.all([
      readyToAskBoth(release, 'open'),
      readyToAsk(release, 'ssl', 'meanwhile'),
    ])
    await simulator.control.patchSettings({ issueDelayMs: 10 * LATE_MS })
    await Promise.all(both.map((asked) => asked.ask()))
    for (const asked of both) await asked.pending('is "')
    const failures = operator.logs().filter((line) => line.includes(NOT_ASKED)).length
    await simulator.pause()
    for (const asked of both) await asked.pending('The CA cannot be asked at the moment (Unreachable)')
    await meanwhile.ask()
    await meanwhile.pending('')
    await logged(operator, NOT_ASKED, failures + 8)
    for (const asked of [...both, meanwhile]) expect((await asked.request())?.status?.failureTime).toBeUndefined()
    await simulator.control.patchSettings({ issueDelayMs: 0 })
    for (const { id } of await simulator.control.orders()) await simulator.control.issue(id)
    await simulator.resume()
    for (const asked of [...both, meanwhile]) {
      await asked.issued()
      await expectOneOrder(asked, [ACCEPTED])
    }
  })
})

const NOT_ASKED = 'the CA could not be asked'

describe('a request that is deleted while its order is open', () => {
  it('contract 18: and made again under its name is another request: it gets its own order, and the first record stays', async () => {
    showLogsOnFailure(operator)
    const { world, simulator } = release
    const asked = await readyToAsk(release, 'ssl', 'again')
    await simulator.control.patchSettings({ issueDelayMs: 10 * LATE_MS })
    await asked.ask()
    await asked.pending('is "')
    const [first] = await asked.records()
    await world.cluster.kubectl(['delete', 'certificaterequest', asked.name, '--namespace', asked.namespace])
    await asked.ask()
    await asked.pending('is "')
    const [order, again] = await asked.orders()
    expect(order?.comments).toContain(`${first?.spec.marker}:1`)
    for (const { id } of await asked.orders()) await simulator.control.issue(id)
    await asked.issued()
    const records = await asked.records()
    const uid = (await asked.request())?.metadata.uid
    expect(records.find(({ spec }) => spec.requestRef.uid === uid)?.status).toMatchObject({
      phase: 'Issued',
      remote: { id: String(again?.id) },
    })
    expect(records.find(({ metadata }) => metadata.uid === first?.metadata.uid)).toMatchObject({
      spec: first?.spec,
      status: { phase: 'Open', remote: { id: String(order?.id) } },
    })
    expect(records).toHaveLength(2)
    expect(await asked.orders()).toHaveLength(2)
  })
})

describe('SCM away until the issuer is not Ready any more', () => {
  /** Issuers are checked every 2 s. */
  const impatient = 300

  it('with orders open and requests made meanwhile: they wait for the issuer, and all are issued when it is Ready', async () => {
    await release.stopOperators()
    showLogsOnFailure(await release.operator({ timeScale: impatient }))
    const { simulator, world } = release
    const asked = await readyToAsk(release, 'device', 'open')
    await simulator.control.patchSettings({ issueDelayMs: 10 * LATE_MS })
    await asked.ask()
    const { id } = await asked.stored()
    await asked.pending('is "')
    await simulator.pause()
    await world.ready('sectigoissuer', 'scm', asked.namespace, hasReason('Unreachable'))
    await asked.pending('Waiting for SectigoIssuer "scm" to become Ready: Unreachable')
    await simulator.control.issue(id)
    await simulator.resume()
    await asked.issued()
    await expectOneOrder(asked, [ACCEPTED])
  })
})

// Fifty issuers on one login that fails beside fifty on one that works: how often the failing one is tried, what is sent
// to it meanwhile, and that nobody else notices.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../test/simulators/sectigo/simulator.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { LoginsWorld, PASSWORD } from './testing/logins-world.ts'

const MANY = 50
const CONCURRENT = 4
const ENROL = 'ssl/v1/enroll'
/** The call that fails first, and then one after 1, 2, 4, 8 and 16 s and every 30 s. */
const MOST_CALLS_A_MINUTE = 7

let failing: Simulator
let healthy: Simulator
let world: LoginsWorld
let unlucky: SectigoIssuer[]
let lucky: SectigoIssuer[]

beforeAll(async () => {
  ;[failing, healthy] = await Promise.all([startSimulator(), startSimulator()])
})
afterAll(async () => {
  await Promise.all([failing.close(), healthy.close()])
})
beforeEach(async () => {
  await Promise.all([failing.control.reset(), healthy.control.reset()])
  world = await LoginsWorld.towards(failing, healthy)
  unlucky = world.issuers(MANY, failing, { concurrentRequests: CONCURRENT })
  lucky = world.issuers(MANY, healthy)
  world.put(PASSWORD, [...unlucky, ...lucky])
})
afterEach(() => world[Symbol.asyncDispose]())

const failedLogins = async (): Promise<number> => (await failing.control.counters()).loginFailures['api-user'] ?? 0
const all = (word: string): string[] => Array.from({ length: MANY }, () => word)
const ordersAt = async ({ control }: Simulator): Promise<number> => (await control.orders()).length

describe('a login that is refused', () => {
  it('is tried once for each value of its fifty Secrets, and once more when all are touched', async () => {
    world.put('wrong', unlucky)
    const working = world.check(lucky)
    expect(await world.check(unlucky)).toEqual(all('CredentialsRefused'))
    expect(await failedLogins()).toBe(1)
    for (const attempts of [2, 3]) {
      world.put('wrong too', unlucky)
      // One after the other, as they are seen.
      for (const one of unlucky) await world.check([one])
      await world.check(unlucky)
      expect(await failedLogins()).toBe(attempts)
    }
    world.put(PASSWORD, unlucky)
    const cured = world.check(unlucky)
    expect(await world.during(Promise.all([working, cured]))).toEqual([all('Ready'), all('Ready')])
    expect(await failedLogins()).toBe(3)
    expect(await failing.control.lockedLogins()).toEqual([])
  })

  it('because SCM changed it first is tried by those calls that were under way, and by nobody after them', async () => {
    await world.check(unlucky.slice(0, 1))
    const { accounts } = await failing.control.catalogue()
    await failing.control.patchCatalogue({ accounts: accounts.map((one) => ({ ...one, password: 'another' })) })
    await Promise.allSettled(unlucky.map((one) => world.place(one)))
    await world.check(unlucky)
    expect(await failedLogins()).toBeGreaterThan(0)
    expect(await failedLogins()).toBeLessThanOrEqual(CONCURRENT)
    expect(await ordersAt(failing)).toBe(0)
    expect(world.connections.loginWords()).toEqual(['refused'])
  })
})

describe('a login that is down', () => {
  const everything = { match: {}, status: 502, body: '<html>Bad Gateway</html>' }

  it.each([
    ['answers 5xx', () => failing.control.addFault(everything), () => failing.control.clearFaults()],
    ['refuses connections', () => failing.pause(), () => failing.resume()],
  ])(
    'because its host %s is asked by one read at a time, gets no order, and slows nobody down',
    async (_, fail, mend) => {
      await world.check(unlucky.slice(0, 1))
      await fail()
      world.calls.length = 0
      expect(await world.check(unlucky.slice(0, 1))).not.toEqual(['Ready'])
      const began = world.clock.monotonic()
      const waiting = Promise.all(unlucky.map((one) => world.place(one)))
      const placed = await Promise.all(lucky.map((one) => world.place(one)))
      expect(placed.map(({ outcome }) => outcome)).toEqual(all('accepted'))
      expect(world.clock.monotonic()).toBe(began)

      const failed = () => world.calls.filter(({ code }) => code === '502' || code === 'ConnectionRefused')
      await world.pass(60_000)
      await world.check(unlucky)
      expect(failed().length).toBeGreaterThan(3)
      expect(failed().length).toBeLessThanOrEqual(MOST_CALLS_A_MINUTE)
      expect(failed().map(({ endpoint }) => endpoint)).not.toContain(ENROL)
      expect((await failing.control.counters()).requests.peak).toBe(1)
      expect(await ordersAt(failing)).toBe(0)

      world.calls.length = 0
      await mend()
      expect((await world.during(waiting)).map(({ outcome }) => outcome)).toEqual(all('accepted'))
      expect(await ordersAt(failing)).toBe(MANY)
      const [first] = world.calls.filter(({ code }) => code === '200')
      expect(first?.endpoint).toBe('ssl/v1/types')
    },
  )
})

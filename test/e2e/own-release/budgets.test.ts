// Who may spend how much of an issuer's budget, and what ends the waiting: a day, an order that ends, a higher limit. And what does
// not: another leader, another issuer of the same name, a namespace that goes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Operator } from '../../cluster/operator.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { type CertificateOrder, issuer, isTrue, LOGIN, secret } from '../world.ts'
import { LATE_MS } from './asked.ts'
import { installOwnRelease, LEADS, logged, type OwnRelease, showLogsOnFailure } from './own-release.ts'
import { exceeds, isIssued, spendingIn, writesOf } from './spending.ts'

const timeScale = 20
/** A day is 30 s: time to see what is said in it on a loaded machine. */
const QUICK_DAYS = 2_880

let release: OwnRelease
let leader: Operator
let standby: Operator
let quick: OwnRelease

beforeAll(async () => {
  const inTurn = async (): Promise<void> => {
    release = await installOwnRelease('budgets')
    leader = await release.operator({ timeScale })
    await logged(leader, LEADS)
    standby = await release.operator({ timeScale })
  }
  const days = async (): Promise<void> => {
    quick = await installOwnRelease('days')
    await quick.operator({ timeScale: QUICK_DAYS })
  }
  await Promise.all([inTurn(), days()])
})
afterAll(async () => {
  await Promise.all([release.uninstall(), quick.uninstall()])
})

/** A Ready cluster issuer of this name and budget; makes it anew when it is there. */
async function clusterIssuer(name: string, budget: object): Promise<void> {
  const { world, operatorClass, namespace } = release
  await world.cluster.kubectl(['delete', 'sectigoclusterissuer', name, '--ignore-not-found'])
  const { customerUri, login } = LOGIN
  const auth = { password: { customerUri, login, secretRef: { name: 'scm' } } }
  await world.apply(
    secret(namespace, 'scm', { password: LOGIN.password }),
    issuer(world, { name }, { operatorClass, auth, budget }),
  )
  await world.ready('sectigoclusterissuer', name, undefined, isTrue)
}

async function inNamespace(name: string, clusterIssuer: string) {
  const namespace = await release.world.namespace(name)
  const spending = spendingIn(release, namespace)
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoClusterIssuer', name: clusterIssuer }
  return { ...spending, namespace, ask: (names: readonly string[]) => spending.ask(names, { issuerRef }) }
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `r${n}`)
const overDay = exceeds('ordersPerDay')
const overNamespace = exceeds('perNamespacePerDay')
const overOpen = exceeds('openOrders')

describe.concurrent('a budget', () => {
  it('of a shared issuer is not used up by one namespace, nor spent twice by the next leader or a new issuer', async () => {
    showLogsOnFailure(leader, standby)
    const { world, name: shared } = release
    await clusterIssuer(shared, { ordersPerDay: 6, perNamespacePerDay: 4 })
    const [greedy, modest, late] = await Promise.all(
      ['greedy', 'modest', 'late'].map((name) => inNamespace(name, shared)),
    )
    if (greedy === undefined || modest === undefined || late === undefined) throw new Error('three were made')
    // All workers at once.
    await greedy.ask(numbered(16))
    await greedy.settled([
      [4, isIssued],
      [12, overNamespace],
    ])
    await modest.ask(['web'])
    await modest.settled([[1, isIssued]])
    await late.ask(numbered(4))
    await late.settled([
      [1, isIssued],
      [3, overDay],
    ])
    // Of namespaces that come and go.
    const preview = `${shared}-preview`
    await clusterIssuer(preview, { ordersPerDay: 2 })
    for (let run = 0; run < 2; run++) {
      const gone = await inNamespace('preview', preview)
      await gone.ask(['web'])
      await gone.settled([[1, isIssued]])
      // Written last; nothing can be written when the namespace goes.
      const told = async (): Promise<boolean> => (await gone.writes())['create events'] === 1
      await waitUntil(told, { what: 'the event', timeoutMs: LATE_MS })
      await world.cluster.kubectl(['delete', 'namespace', gone.namespace, '--timeout=90s'])
    }
    expect(await leader.stop()).toBe(0)
    await logged(standby, LEADS)
    await clusterIssuer(shared, { ordersPerDay: 6, perNamespacePerDay: 5 })
    await modest.ask(['another'])
    await modest.settled([
      [1, isIssued],
      [1, overDay],
    ])
    const next = await inNamespace('preview', preview)
    await next.ask(['web'])
    await next.settled([[1, overDay]])
    const made = await Promise.all([greedy, modest, late, next].map(async (each) => (await each.orders()).length))
    expect(made).toEqual([4, 1, 1, 0])
    // Three words at most: the limit, the issuer that was away, and the limit that there was afterwards.
    const { statuses } = await writesOf(greedy, numbered(16))
    expect(Math.max(...statuses)).toBeLessThanOrEqual(4)
  })

  it('of a day is there again when the day has passed, and nothing is written meanwhile', async () => {
    const namespace = await quick.readyIssuer('day', { budget: { ordersPerDay: 2, perNamespacePerDay: 2 } })
    const spending = spendingIn(quick, namespace)
    await spending.ask(numbered(6))
    await spending.settled([
      [2, isIssued],
      [4, (word) => word.includes('BudgetExceeded')],
    ])
    const waiting = Object.entries(await spending.words()).flatMap(([name, word]) => (isIssued(word) ? [] : [name]))
    const first = await writesOf(spending, waiting)
    await spending.settled([
      [4, isIssued],
      [2, (word) => word.includes('BudgetExceeded')],
    ])
    const still = Object.entries(await spending.words()).flatMap(([name, word]) => (isIssued(word) ? [] : [name]))
    expect((await writesOf(spending, still)).statuses.every((count) => count === 1)).toBe(true)
    expect(first.statuses).toEqual([1, 1, 1, 1])
    const records = await quick.world.list<CertificateOrder>('certificateorders', namespace)
    const made = records.map(({ metadata }) => Date.parse(metadata.creationTimestamp)).toSorted((a, b) => a - b)
    // Kubernetes' times have whole seconds.
    expect((made[2] ?? 0) - (made[0] ?? 0)).toBeGreaterThanOrEqual(86_400_000 / QUICK_DAYS - 1_000)
    expect(await spending.orders()).toHaveLength(4)
  })
})

describe('a limit of open orders', () => {
  it('counts those whose request was deleted, and lets the next one go when an order ends', async () => {
    showLogsOnFailure(standby)
    const { control } = release.simulator
    await control.patchSettings({ approval: 'manual' })
    const namespace = await release.readyIssuer('open', { budget: { openOrders: 3 } })
    const spending = spendingIn(release, namespace)
    const isRequested = (word: string): boolean => word.includes('is "Requested"')
    // A mesh that gives up on a request before its certificate is there, and asks anew.
    for (let time = 0; time < 2; time++) {
      await spending.ask(['mesh'])
      await spending.settled([[1, isRequested]])
      await spending.forget('mesh')
    }
    await spending.ask(numbered(3))
    await spending.settled([
      [1, isRequested],
      [2, overOpen],
    ])
    const orders = await spending.orders()
    expect(orders).toHaveLength(3)
    await control.approve(orders.at(-1)?.id ?? 0)
    await spending.settled([
      [1, isIssued],
      [1, isRequested],
      [1, overOpen],
    ])
    expect(await spending.orders()).toHaveLength(4)
  })
})

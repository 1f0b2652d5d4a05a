// What a namespace costs: its orders at SCM, and what the operator writes while its requests wait for a budget.
import { waitUntil } from '../../cluster/wait-until.ts'
import type { OrderSummary } from '../../simulators/sectigo/control.ts'
import { callsOf } from '../../support/audit.ts'
import { createCsr } from '../../support/pki.ts'
import { type CertificateRequest, request } from '../world.ts'
import { LATE_MS } from './asked.ts'
import type { OwnRelease } from './own-release.ts'

/** Hundreds of requests are listed each time. */
const EVERY_MS = 1_000

const READS = ['get', 'list', 'watch']

/** The last word on a request: `Pending BudgetExceeded: ...`, or '' before there is one. */
export function wordOn({ status }: CertificateRequest): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return ready === undefined ? '' : `${ready.reason} ${ready.message}`
}

export const isIssued = (word: string): boolean => word.startsWith('Issued ')
/** Waits for a budget, and names the limit. */
export const exceeds =
  (limit: string) =>
  (word: string): boolean =>
    word.startsWith('Pending BudgetExceeded: ') && word.includes(`spec.budget.${limit} allows`)

/** Names below which everything is asked for that is asked for in a namespace. */
export const domainOf = (namespace: string): string => `${namespace}.acme.example`

export function spendingIn({ world, simulator, name }: OwnRelease, namespace: string) {
  /** By request. */
  const words = async (): Promise<Readonly<Record<string, string>>> => {
    const found = await world.list<CertificateRequest>('certificaterequests', namespace)
    return Object.fromEntries(found.map((one) => [one.metadata.name, wordOn(one)]))
  }
  return {
    /** A request under each name, each with a key of its own. */
    async ask(names: readonly string[], spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
      const csrs = await Promise.all(names.map((one) => createCsr({ dns: [`${one}.${domainOf(namespace)}`] })))
      await world.apply(...csrs.map(({ pem }, n) => request(namespace, names[n] ?? '', pem, spec)))
    },
    async forget(...names: readonly string[]): Promise<void> {
      await world.cluster.kubectl(['delete', 'certificaterequest', '--namespace', namespace, ...names])
    },
    words,
    /** Waits until as many requests as are told have such a word, and every request has one of them. */
    async settled(expected: readonly (readonly [count: number, accept: (word: string) => boolean])[]): Promise<void> {
      let last: readonly string[] = []
      const asExpected = async (): Promise<boolean> => {
        last = Object.values(await words())
        const counted = expected.every(([count, accept]) => last.filter(accept).length === count)
        return counted && last.every((word) => expected.some(([, accept]) => accept(word)))
      }
      const what = `the requests of ${namespace} to come to rest`
      await waitUntil(asExpected, { what, timeoutMs: 2 * LATE_MS, everyMs: EVERY_MS }).catch((error: unknown) => {
        throw new Error(`${what}; they say ${JSON.stringify(last, null, 1)}`, { cause: error })
      })
    },
    /** At SCM, of whatever was asked for in the namespace, oldest first. */
    async orders(): Promise<readonly OrderSummary[]> {
      const all = await simulator.control.orders()
      return all.filter(({ names }) => names.some((one) => one.endsWith(`.${domainOf(namespace)}`)))
    },
    /** What the operators wrote in the namespace, issuers aside: how often by object, in the API server's own words. */
    async writes(): Promise<Readonly<Record<string, number>>> {
      const calls = await callsOf(world.cluster, { namespace: name, name: `${name}-certwright` })
      const counted: Record<string, number> = {}
      for (const { verb, objectRef } of calls) {
        if (objectRef?.namespace !== namespace || READS.includes(verb) || objectRef.resource === 'sectigoissuers')
          continue
        // Events have names of their own.
        const of = objectRef.resource === 'events' ? '' : ` ${objectRef.name ?? ''}`
        const what = `${verb} ${[objectRef.resource, objectRef.subresource].filter(Boolean).join('/')}${of}`
        counted[what] = (counted[what] ?? 0) + 1
      }
      return counted
    },
  }
}

export type Spending = ReturnType<typeof spendingIn>

/** How often the operators wrote the status of each of these requests, and how many events they made in its namespace. */
export async function writesOf(spending: Spending, requests: readonly string[]) {
  const writes = await spending.writes()
  return {
    statuses: requests.map((name) => writes[`patch certificaterequests/status ${name}`] ?? 0),
    events: writes['create events'] ?? 0,
  }
}

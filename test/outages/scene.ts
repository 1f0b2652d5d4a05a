// Where outages happen: operators, and for every outage a tenant of SCM, an issuer and a login of its own.
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LONG_LEASE_SECONDS, type Place, placeOf } from '../e2e/own-release/scene.ts'
import { startTenant, type Tenant } from '../e2e/own-release/tenant.ts'
import { type Actor, type Stage, setStage } from '../matrix/stage.ts'

export interface Crew {
  readonly actor: Actor
  /** One for each outage that this operator meets, and none of them twice. */
  place(options?: { readonly host?: string | undefined; readonly limits?: object }): Promise<Place>
}

export interface Scene extends AsyncDisposable {
  readonly stage: Stage
  readonly namesLost: string
  /** An operator that may reach so many tenants. Its log has every call to SCM. */
  crew(tenants: number): Promise<Crew>
}

const ANY_NUMBER = 1_000_000

export async function setScene({ timeScale, lastsMs }: { timeScale: number; lastsMs: number }): Promise<Scene> {
  const stage = await setStage()
  const stack = new AsyncDisposableStack()
  stack.use(stage)
  const namesLost = join(tmpdir(), `names-lost-${randomUUID()}`)
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(namesGetLost(namesLost))}` }
  return {
    stage,
    namesLost,
    async crew(count) {
      const tenants = await Promise.all(Array.from({ length: count }, startTenant))
      for (const tenant of tenants) stack.use(tenant)
      const operatorClass = `outages-${randomUUID().slice(0, 6)}`
      const actor = await stage.operator({
        operatorClass,
        allowedHost: tenants.flatMap(({ host }) => [host, named(host, 'localhost')]).join(','),
        timeScale,
        // Whoever leads goes on leading: what becomes of leaders that lose their lease is shown elsewhere.
        leaseSeconds: LONG_LEASE_SECONDS + Math.ceil(lastsMs / 1_000),
        flags: ['--log-level=debug'],
        env,
      })
      stack.use(actor)
      return {
        actor,
        async place({ host, limits } = {}) {
          const tenant = tenants.pop() as Tenant
          const { simulator, scm } = tenant
          const spec = {
            url: named(simulator.url.replace(simulator.origin, scm.origin), host),
            submission: { unknownOutcomeWait: '1m' },
            budget: { ordersPerDay: ANY_NUMBER, perNamespacePerDay: ANY_NUMBER, openOrders: ANY_NUMBER },
            ...(limits && { limits }),
          }
          const place = placeOf('outage', { client: stage.client, tenant, operatorClass, spec })
          await place.found()
          await place.issuerIs('True')
          return place
        },
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function named(url: string, host = '127.0.0.1'): string {
  return url.replace('127.0.0.1', host)
}

/** A module that makes all looking up of names fail while a file is there. */
function namesGetLost(file: string): string {
  return `
    import dns from 'node:dns'
    import { existsSync } from 'node:fs'
    const lookup = dns.lookup
    dns.lookup = (name, options, callback = options) =>
      existsSync(${JSON.stringify(file)})
        ? callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }))
        : lookup(name, options, callback)`
}

/** Calls to SCM that the operator made, whether anybody was there or not: when (wall clock, in order). */
export function callsTo(place: Place, { operator }: Actor): readonly number[] {
  type Line = { readonly time: string; readonly origin: string; readonly ms: number }
  const { port } = new URL(place.tenant.scm.origin)
  return operator
    .logs()
    .filter((line) => line.includes('"SCM call"'))
    .map((line) => JSON.parse(line) as Line)
    .filter(({ origin }) => new URL(origin).port === port)
    .map(({ time, ms }) => Date.parse(time) - ms)
    .toSorted((a, b) => a - b)
}

/** The sum over all series of a metric whose labels hold `label`. */
export async function metric({ operator }: Actor, name: string, label = ''): Promise<number> {
  const text = await (await fetch(`${operator.metricsUrl}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

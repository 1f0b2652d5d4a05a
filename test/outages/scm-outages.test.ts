// SCM away, in every way in which it can be: afterwards every request is Issued, none was Failed and none has two orders; meanwhile
// SCM is hardly called, whoever waits is told why, and who has another login notices nothing. One operator meets all at once.
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { LONG_LEASE_SECONDS, type Place, placeOf } from '../e2e/own-release/scene.ts'
import { startTenant, type Tenant } from '../e2e/own-release/tenant.ts'
import { type Actor, type Stage, setStage } from '../matrix/stage.ts'
import { callsPerMinute } from './calls.ts'
import { quickest } from './neighbour.ts'
import type { Outage } from './outage.ts'
import { SCM_OUTAGES } from './scm-outages.ts'
import { run } from './scenario.ts'
import { type Row, tableOf } from './table.ts'

const { OUTAGES_SCALE = '20', OUTAGES_MINUTES = '5', OUTAGES_WAITING = '6' } = process.env
const timeScale = Number(OUTAGES_SCALE)
const lastsMs = (Number(OUTAGES_MINUTES) * 60_000) / timeScale

/** Looking names up fails while a file is there. */
const namesLost = join(tmpdir(), `names-lost-${randomUUID()}`)
const NAMES_GET_LOST = `
import dns from 'node:dns'
import { existsSync } from 'node:fs'
const lookup = dns.lookup
dns.lookup = (name, options, callback) => existsSync(${JSON.stringify(namesLost)})
  ? (callback ?? options)(Object.assign(new Error('lost'), { code: 'ENOTFOUND' }))
  : lookup(name, options, callback)`

const operatorClass = `outages-${randomUUID().slice(0, 6)}`
const rows: Row[] = []
let stage: Stage
let actor: Actor
let tenants: ReadonlyMap<Outage | 'neighbour', Tenant>
let neighbour: Place
let usualMs: number

beforeAll(async () => {
  stage = await setStage()
  tenants = new Map(
    await Promise.all(([...SCM_OUTAGES, 'neighbour'] as const).map(async (one) => [one, await startTenant()] as const)),
  )
  const hosts = [...tenants.values()].flatMap(({ host }) => [host, host.replace('127.0.0.1', 'localhost')])
  actor = await stage.operator({
    operatorClass,
    allowedHost: hosts.join(','),
    timeScale,
    leaseSeconds: LONG_LEASE_SECONDS,
    flags: ['--log-level=debug'],
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(NAMES_GET_LOST)}` },
  })
  neighbour = await placeAt('neighbour')
  usualMs = await quickest(neighbour)
})
afterAll(async () => {
  process.stdout.write(`\n${tableOf(rows)}\n`)
  await actor[Symbol.asyncDispose]()
  await Promise.all([...tenants.values()].map((tenant) => tenant[Symbol.asyncDispose]()))
  await stage[Symbol.asyncDispose]()
})

async function placeAt(whose: Outage | 'neighbour'): Promise<Place> {
  const tenant = tenants.get(whose) as Tenant
  const { host = '127.0.0.1' } = whose === 'neighbour' ? {} : whose
  const spec = {
    url: tenant.simulator.url.replace(tenant.simulator.origin, tenant.scm.origin.replace('127.0.0.1', host)),
    submission: { unknownOutcomeWait: '1m' },
    budget: { ordersPerDay: 10_000, perNamespacePerDay: 10_000, openOrders: 10_000 },
  }
  const place = placeOf('outage', { client: stage.client, tenant, operatorClass, spec })
  await place.found()
  await place.issuerIs('True')
  return place
}

describe.concurrent('SCM away', () => {
  it.for(SCM_OUTAGES)('$name', async (outage, { expect }) => {
    const place = await placeAt(outage)
    let meanwhileMs = 0
    const outcome = await run(outage, {
      place,
      proxy: place.tenant.scm,
      namesLost,
      lastsMs,
      waiting: Number(OUTAGES_WAITING),
      async meanwhile() {
        meanwhileMs = await quickest(neighbour)
      },
    })
    const url = (await place.issuer()).spec.url
    const times = callsTo(new URL(url).origin)
    const calls = callsPerMinute(times, { from: outcome.began, to: outcome.ended, timeScale })
    rows.push({ outage: outage.name, ...outcome, calls, usualMs, meanwhileMs, timeScale })
    expect.soft(outcome).toMatchObject({ issued: outcome.requests, failed: 0, orders: outcome.requests, doubled: 0 })
  })
})

/** When the operator called, whether anybody was there or not. */
function callsTo(origin: string): readonly number[] {
  type Line = { readonly time: string; readonly msg: string; readonly origin?: string; readonly ms: number }
  return actor.operator
    .logs()
    .filter((line) => line.includes('"SCM call"'))
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line.origin === origin)
    .map(({ time, ms }) => Date.parse(time) - ms)
    .toSorted((a, b) => a - b)
}

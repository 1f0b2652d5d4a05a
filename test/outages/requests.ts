// The requests of one place: many, by name, and what became of them.
import { type CertificateRequest, certificateRequests } from '../../src/api/certificate-request.ts'
import type { Condition } from '../../src/kube/resource.ts'
import { GiveUp, waitUntil } from '../cluster/wait-until.ts'
import { base64, fieldManager, type Place } from '../e2e/own-release/scene.ts'
import { readyOf } from '../matrix/cell.ts'
import { createCsr } from '../support/pki.ts'

/**
 * Far more than anything takes that is waited for: two and a half minutes were seen, five rounds of calls of 31 s each, until all who
 * waited had been told of an SCM that is slower than the time-out.
 */
const PATIENCE_MS = 300_000
/** Some twenty outages at once are looked at by one process, which is also SCM and the way to it for all of them. */
const LOOK_EVERY_MS = 500
export const LOOK = { timeoutMs: PATIENCE_MS, everyMs: LOOK_EVERY_MS }

export interface Verdict {
  readonly requests: number
  readonly issued: number
  readonly failed: number
  /** At SCM. */
  readonly orders: number
  /** Requests that have more than one order. */
  readonly doubled: number
}

const dnsNameOf = (name: string, { namespace }: Place): string => `${name}.${namespace}.acme.example`

export async function ask(place: Place, name: string): Promise<void> {
  const { client, namespace } = place
  const dnsName = dnsNameOf(name, place)
  const { pem } = await createCsr({ commonName: dnsName, dns: [dnsName] })
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' }
  const wanted = { metadata: { name, namespace }, spec: { request: base64(pem), issuerRef } }
  await client.create(certificateRequests, wanted, { fieldManager })
}

export async function readyConditions({
  client,
  namespace,
}: Place): Promise<ReadonlyMap<string, Condition | undefined>> {
  const { items } = await client.list<CertificateRequest>(certificateRequests, { namespace })
  return new Map(
    items.map(({ metadata, status }) => [metadata.name, readyOf(status as { conditions?: Condition[] } | undefined)]),
  )
}

/** Waits until all are Issued; gives up at the first that is Failed. */
export async function allIssued(place: Place): Promise<void> {
  let open: readonly (readonly [string, Condition | undefined])[] = []
  const done = async (): Promise<boolean> => {
    const all = [...(await readyConditions(place))]
    const failed = all.find(([, ready]) => ready?.reason === 'Failed')
    if (failed !== undefined) throw new GiveUp(`${failed[0]} is Failed: ${failed[1]?.message}`)
    open = all.filter(([, ready]) => ready?.reason !== 'Issued')
    return open.length === 0
  }
  await waitUntil(done, { what: 'all to be Issued', ...LOOK }).catch((cause) => {
    throw new Error(`${open.length} are not Issued, as ${JSON.stringify(open[0])}`, { cause })
  })
}

export async function verdictOn(place: Place): Promise<Verdict> {
  const all = [...(await readyConditions(place))]
  const orders = await place.tenant.control.orders()
  const ordersOf = (name: string): number => orders.filter(({ names }) => names.includes(dnsNameOf(name, place))).length
  const having = (reason: string): number => all.filter(([, ready]) => ready?.reason === reason).length
  return {
    requests: all.length,
    issued: having('Issued'),
    failed: having('Failed'),
    orders: orders.length,
    doubled: all.filter(([name]) => ordersOf(name) > 1).length,
  }
}

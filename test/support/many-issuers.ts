// Hundreds of issuers at once: as many logins at a simulator as are asked for, each issuer with a Secret of its own.
import { type SectigoIssuer, sectigoIssuers } from '../../src/api/sectigo-issuer.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { anotherAccount } from '../simulators/sectigo/catalogue-defaults.ts'
import type { Simulator } from '../simulators/sectigo/simulator.ts'
import { resourceOf } from './resource-of.ts'

export interface ManyIssuers {
  readonly issuers: number
  /** They take turns. */
  readonly logins: number
  /** Issuers in one of them. */
  readonly perNamespace: number
  /** Begins the names of namespaces and logins. */
  readonly prefix: string
  /** What they have beside the usual. */
  readonly spec?: Readonly<Record<string, unknown>>
}

/** Calls to the API server at a time. */
const AT_A_TIME = 20
const fieldManager = 'certwright-many'

const namespaces = resourceOf('', 'v1', 'Namespace', { namespaced: false })
const secrets = resourceOf('', 'v1', 'Secret')
const issuers = resourceOf(sectigoIssuers.group, sectigoIssuers.version, sectigoIssuers.kind)

/** Makes them; their namespaces. */
export async function makeManyIssuers(
  { client, simulator }: { readonly client: KubeClient; readonly simulator: Simulator },
  { issuers: count, logins, perNamespace, prefix, spec: more = {} }: ManyIssuers,
): Promise<readonly string[]> {
  const names = Array.from({ length: logins }, (_, n) => `${prefix}-${n}`)
  await simulator.control.patchCatalogue({ accounts: names.map((login) => anotherAccount({ login })) })
  const places = Array.from({ length: Math.ceil(count / perNamespace) }, (_, n) => `${prefix}-${n}`)
  // Statuses can be written that cert-manager's webhook would refuse.
  const labels = { 'cert-manager.io/disable-validation': 'true' }
  await allOf(places, (name) => client.create(namespaces, { metadata: { name, labels } }, { fieldManager }))
  const numbers = Array.from({ length: count }, (_, n) => n)
  await allOf(numbers, async (n) => {
    const metadata = { name: `scm-${n}`, namespace: places[Math.floor(n / perNamespace)] ?? '' }
    const { customerUri, login, password } = anotherAccount({ login: names[n % logins] ?? '' })
    await client.create(secrets, { metadata, stringData: { password } }, { fieldManager })
    const spec = {
      url: simulator.url,
      auth: { password: { customerUri, login, secretRef: { name: metadata.name } } },
      orgId: 8928,
      ssl: { profile: { name: 'OV SSL 199' } },
      tls: { caBundle: simulator.caPem },
      ...more,
    }
    await client.create(issuers, { metadata, spec }, { fieldManager })
  })
  return places
}

export async function readyIssuers(client: KubeClient, places: readonly string[]): Promise<number> {
  const { items } = await client.list<SectigoIssuer>(sectigoIssuers)
  const ours = items.filter(({ metadata }) => places.includes(metadata.namespace ?? ''))
  return ours.filter(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  ).length
}

/** Does the work for each, some at a time. */
export async function allOf<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = items.values()
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}

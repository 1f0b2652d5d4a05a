// Hundreds of issuers at once: as many logins at a simulator as are asked for, each issuer with a Secret of its own.
import { type SectigoIssuer, sectigoIssuers } from '../../src/api/sectigo-issuer.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { KubeObject, Resource } from '../../src/kube/resource.ts'
import { DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import type { Simulator } from '../simulators/sectigo/simulator.ts'

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

type Written = KubeObject & { readonly [field: string]: unknown }
const plain = (group: string, version: string, kind: string, namespaced = true): Resource<Written> => ({
  group,
  version,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced,
})
const [namespaces, secrets, issuers] = [
  plain('', 'v1', 'Namespace', false),
  plain('', 'v1', 'Secret'),
  plain(sectigoIssuers.group, sectigoIssuers.version, sectigoIssuers.kind),
]

/** Makes them; their namespaces. */
export async function makeManyIssuers(
  { client, simulator }: { readonly client: KubeClient; readonly simulator: Simulator },
  { issuers: count, logins, perNamespace, prefix, spec: more = {} }: ManyIssuers,
): Promise<readonly string[]> {
  const [apiUser] = DEFAULT_CATALOGUE.accounts
  if (apiUser === undefined) throw new Error('the simulator has no account')
  const { oauth2: _, ...account } = apiUser
  const names = Array.from({ length: logins }, (_, n) => `${prefix}-${n}`)
  await simulator.control.patchCatalogue({ accounts: names.map((login) => ({ ...account, login })) })
  const places = Array.from({ length: Math.ceil(count / perNamespace) }, (_, n) => `${prefix}-${n}`)
  // Statuses can be written that cert-manager's webhook would refuse.
  const labels = { 'cert-manager.io/disable-validation': 'true' }
  await allOf(places, (name) => client.create(namespaces, { metadata: { name, labels } }, { fieldManager }))
  const numbers = Array.from({ length: count }, (_, n) => n)
  await allOf(numbers, async (n) => {
    const metadata = { name: `scm-${n}`, namespace: places[Math.floor(n / perNamespace)] ?? '' }
    const login = names[n % logins] ?? ''
    const { customerUri, password } = account
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

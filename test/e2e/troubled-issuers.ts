// Issuers of which each has a login, an organization and a profile of its own at SCM, so that any of it can be broken without
// anybody else noticing. For test/e2e/issuers-in-trouble.test.ts.
import { randomUUID } from 'node:crypto'
import { type SectigoIssuer, sectigoClusterIssuers, sectigoIssuers } from '../../src/api/sectigo-issuer.ts'
import type { Account, Catalogue, Organization, Profile } from '../simulators/sectigo/catalogue.ts'
import { DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import { resourceOf } from '../support/resource-of.ts'
import { type ContractWorld, secrets } from './contract-world.ts'
import { LOGIN } from './world.ts'

const fieldManager = 'certwright-trouble'
const configMaps = resourceOf('', 'v1', 'ConfigMap')
/** Where SCM's ids of this file begin. */
const ORGANIZATIONS_FROM = 9_100
const PROFILES_FROM = 6_100

type Values = Readonly<Record<string, string | null>>
/** Values of a Secret or ConfigMap; null takes one away. */
export type Change = Values | 'deleted'

/** One issuer and all that it depends on. */
export interface Place {
  readonly namespace: string
  readonly login: string
  readonly orgId: number
  readonly profile: string
  readonly issuerRef: { readonly kind: string; readonly name: string }
  /** Of the operator's own namespace, where a cluster issuer's Secrets are. */
  readonly ownNamespace: string
  readonly caPem: string
  readonly privateUrl: string
  readonly tokenUrl: string
  /** Writes the Secret that the issuer names; `namespace`: instead of where it looks for it. */
  secret(change: Change, namespace?: string): Promise<void>
  configMap(change: Change): Promise<void>
  /** Writes the issuer: as at first, but for the differences. */
  issuer(differences?: object): Promise<void>
  deleteIssuer(): Promise<void>
  account(change: Partial<Account>): Promise<void>
  organization(change: Partial<Organization>): Promise<void>
  /** `undefined`: not offered to the organization any more. */
  profileAtSCM(change: Partial<Profile> | undefined): Promise<void>
  clientCertificate(options?: { days: number }): Promise<{ 'tls.crt': string; 'tls.key': string }>
  /** Waits until the issuer's Ready condition, as `Reason: message`, holds these words and is about the issuer as it is. */
  told(words: string): Promise<void>
}

export interface PlaceOptions {
  readonly cluster: boolean
  /** What the issuer has that others have not. */
  readonly spec: (place: Place) => object
}

export function troubledIssuers(contract: ContractWorld) {
  const { client, scm, world } = contract
  const { caPem, url, tokenUrl } = world.installation.simulator
  const cleanings: (() => Promise<unknown>)[] = []
  let places = 0
  let changes: Promise<unknown> = Promise.resolve()

  /** Whole lists are replaced, so one change after the other. */
  function atSCM(change: (catalogue: Catalogue) => Partial<Catalogue>): Promise<void> {
    const changed = changes.then(async () => {
      await scm.patchCatalogue(change(await scm.catalogue()))
    })
    changes = changed.catch(() => undefined)
    return changed
  }

  async function write(
    kind: typeof secrets,
    ref: { readonly name: string; readonly namespace: string },
    values: Change,
  ): Promise<void> {
    if (values === 'deleted') return client.delete(kind, ref)
    const encode = (value: string): string => (kind === secrets ? Buffer.from(value).toString('base64') : value)
    const data = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, value === null ? null : encode(value)]),
    )
    const there = (await client.list(kind, { namespace: ref.namespace })).items
    if (there.some(({ metadata }) => metadata.name === ref.name)) {
      // A Secret that is written again is another version, whatever it holds.
      const annotations = { written: randomUUID() }
      await client.mergePatch(kind, ref, { metadata: { annotations }, data }, { fieldManager })
    } else await client.create(kind, { metadata: ref, data }, { fieldManager })
  }

  async function place({ cluster, spec }: PlaceOptions): Promise<Place> {
    const number = places++
    const { namespace, login } = await contract.tenant('trouble', { without: 'issuer' })
    const ownNamespace = world.installation.namespace
    const kind = cluster ? sectigoClusterIssuers : sectigoIssuers
    const name = cluster ? `trouble-${namespace}` : 'scm'
    const at = cluster ? { name } : { name, namespace }
    const secretNamespace = cluster ? ownNamespace : namespace
    const [orgId, profileId] = [ORGANIZATIONS_FROM + number, PROFILES_FROM + number]
    const profile = `Profile ${profileId}`
    const [anyOrganization] = DEFAULT_CATALOGUE.organizations
    const [anyProfile] = DEFAULT_CATALOGUE.profiles
    if (anyOrganization === undefined || anyProfile === undefined) throw new Error('the simulator has no tenant')
    const ownProfile: Profile = { ...anyProfile, id: profileId, name: profile, organizations: [orgId], terms: [365] }
    const organization = { ...anyOrganization, id: orgId, name: `Organization ${orgId}`, departments: [] }
    await atSCM(({ organizations, profiles }) => ({
      organizations: [...organizations, organization],
      profiles: [...profiles, ownProfile],
    }))
    const secretRef = { name: cluster ? name : 'scm' }
    const one: Place = {
      namespace,
      login,
      orgId,
      profile,
      issuerRef: { kind: kind.kind, name },
      ownNamespace,
      caPem,
      tokenUrl,
      privateUrl: url.replace('/api', '/private/api'),
      secret: (change, elsewhere = secretNamespace) =>
        write(secrets, { namespace: elsewhere, name: secretRef.name }, change),
      configMap: (change) => write(configMaps, { namespace, name: 'corp-ca' }, change),
      async issuer(differences = {}) {
        const usual = {
          url,
          auth: { password: { customerUri: LOGIN.customerUri, login, secretRef } },
          orgId,
          ssl: { profile: { name: profile } },
          tls: { caBundle: caPem },
          limits: { requestsPerSecond: 50, concurrentRequests: 4 },
        }
        const draft = { metadata: at, spec: { ...usual, ...spec(one), ...differences } }
        const plain = resourceOf(kind.group, kind.version, kind.kind, { namespaced: !cluster })
        await client.apply(plain, draft, { fieldManager, force: true })
      },
      deleteIssuer: () => client.delete(kind, at),
      account: (change) =>
        atSCM(({ accounts }) => ({
          accounts: accounts.map((account) => (account.login === login ? { ...account, ...change } : account)),
        })),
      organization: (change) =>
        atSCM(({ organizations }) => ({
          organizations: organizations.map((each) => (each.id === orgId ? { ...each, ...change } : each)),
        })),
      profileAtSCM: (change) =>
        atSCM(({ profiles }) => {
          const others = profiles.filter(({ id }) => id !== profileId)
          return { profiles: change === undefined ? others : [...others, { ...ownProfile, ...change }] }
        }),
      async clientCertificate(options) {
        const { certificatePem, keyPem } = await scm.issueClientCertificate(login, options)
        return { 'tls.crt': certificatePem, 'tls.key': keyPem }
      },
      async told(words) {
        let said = ''
        const told = async (): Promise<boolean> => {
          const { metadata, status } = await client.get<SectigoIssuer>(kind, at)
          const ready = status?.conditions?.find(({ type }) => type === 'Ready')
          said = `${ready?.reason}: ${ready?.message}`
          return ready?.observedGeneration === metadata.generation && said.includes(words)
        }
        await contract.until(`${kind.kind} ${name} to say "${words}"`, told).catch((error: unknown) => {
          throw new Error(`it says "${said}"`, { cause: error })
        })
      },
    }
    if (cluster) {
      await one.secret({ password: LOGIN.password })
      cleanings.push(one.deleteIssuer, () => one.secret('deleted'))
    }
    return one
  }

  return {
    place,
    async close(): Promise<void> {
      await Promise.allSettled(cleanings.map((clean) => clean()))
      const { organizations, profiles } = DEFAULT_CATALOGUE
      await scm.patchCatalogue({ organizations: [...organizations], profiles: [...profiles] })
    },
  }
}

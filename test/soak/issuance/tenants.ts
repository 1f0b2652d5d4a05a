// Who has certificates in a soak: three namespaces whose issuers differ in kind, product and login, one of them with a login whose
// orders somebody has to approve.
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Account } from '../../simulators/sectigo/catalogue.ts'
import { PRIVILEGES } from '../../simulators/sectigo/catalogue.ts'
import type { Chance } from './chance.ts'
import { type Ground, RELEASE } from './ground.ts'
import { conditionOf, fieldManager, insist, issuers, namespaces, secrets } from './resources.ts'

export interface Tenant {
  readonly namespace: string
  readonly issuerKind: keyof typeof issuers
  readonly order: object
  readonly autoApproved: boolean
  /** Of its Certificates. The CSR of an RSA key is the same each time. */
  readonly privateKey: object
  /**
   * Its certificates begin minutes before they are issued and so end at any second of the day: cert-manager can be told to
   * renew them soon.
   */
  readonly isRenewed: boolean
}

const SSL = { ssl: { profile: { name: 'OV SSL 199' } } }
const ECDSA = { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' }

export const TENANTS: readonly [Tenant, ...Tenant[]] = [
  {
    namespace: 'soak-device',
    issuerKind: 'SectigoIssuer',
    order: { device: { profile: { name: 'Private CA' } } },
    autoApproved: true,
    privateKey: ECDSA,
    isRenewed: true,
  },
  {
    namespace: 'soak-ssl',
    issuerKind: 'SectigoIssuer',
    order: SSL,
    autoApproved: true,
    privateKey: ECDSA,
    isRenewed: false,
  },
  {
    namespace: 'soak-approved',
    issuerKind: 'SectigoClusterIssuer',
    order: SSL,
    autoApproved: false,
    privateKey: { algorithm: 'RSA', size: 2048, rotationPolicy: 'Never' },
    isRenewed: false,
  },
]

/** The issuers' name, and their Secrets'. */
export const ISSUER = 'scm'
const CUSTOMER = 'acme'
/** "Acme Ltd" of the simulator. */
const ORGANIZATION = 8928
/** At a time, of one login. */
export const CONCURRENT_REQUESTS = 5
/**
 * Failed logins when a password changes at SCM: of the calls under way, and of the one call with which a process that takes over
 * just then finds out.
 */
const MOST_FAILED_LOGINS = CONCURRENT_REQUESTS + 1
/** Budgets are not what is tried here. */
const BUDGET = { ordersPerDay: 1_000_000, perNamespacePerDay: 1_000_000, openOrders: 1_000_000 }
/** A few starts, with every cache to fill, on a loaded machine. */
const READY_MS = 120_000
/** Somebody changes the password at SCM, and then in the cluster. */
const MOST_ROTATION_MS = 4_000

/** SCM knows the tenants by the names of their namespaces. */
const loginOf = ({ namespace }: Tenant): string => namespace

/** Makes them; their issuers get Ready as soon as an operator runs. */
export async function moveIn({ client, simulator, scmUrl }: Ground): Promise<void> {
  const { accounts } = await simulator.control.catalogue()
  await simulator.control.patchCatalogue({ accounts: [...accounts, ...TENANTS.map(accountOf)] })
  await simulator.control.patchSettings({ lockAfterFailures: MOST_FAILED_LOGINS + 1 })
  for (const tenant of TENANTS) {
    const { namespace, issuerKind, order } = tenant
    const login = loginOf(tenant)
    await client.create(namespaces, { metadata: { name: namespace } }, { fieldManager })
    await client.create(secrets, { metadata: secretOf(tenant), data: dataOf(passwordOf(tenant, 1)) }, { fieldManager })
    const spec = {
      url: scmUrl,
      auth: { password: { customerUri: CUSTOMER, login, secretRef: { name: secretOf(tenant).name } } },
      orgId: ORGANIZATION,
      ...order,
      tls: { caBundle: simulator.caPem },
      limits: { requestsPerSecond: 20, concurrentRequests: CONCURRENT_REQUESTS },
      budget: BUDGET,
    }
    await client.create(issuers[issuerKind], { metadata: issuerOf(tenant), spec }, { fieldManager })
  }
}

export async function allReady({ client }: Ground): Promise<void> {
  for (const tenant of TENANTS) {
    const what = `the issuer of ${tenant.namespace} to be Ready`
    const ready = async (): Promise<boolean> => {
      const issuer = await client.get(issuers[tenant.issuerKind], issuerOf(tenant))
      return conditionOf(issuer, 'Ready')?.status === 'True'
    }
    await waitUntil(ready, { what, timeoutMs: READY_MS })
  }
}

/** A tenant's password changes at SCM and, somewhat later, in its Secret. Until then SCM refuses it. */
export async function rotatePassword({ client, simulator }: Ground, tenant: Tenant, chance: Chance): Promise<void> {
  const { accounts } = await simulator.control.catalogue()
  const login = loginOf(tenant)
  const password = passwordOf(
    tenant,
    Number(
      accounts
        .find((one) => one.login === login)
        ?.password.split('-')
        .at(-1),
    ) + 1,
  )
  await simulator.control.patchCatalogue({
    accounts: accounts.map((one) => (one.login === login ? { ...one, password } : one)),
  })
  await sleep(chance.between(0, MOST_ROTATION_MS))
  await insist(() => client.mergePatch(secrets, secretOf(tenant), { data: dataOf(password) }, { fieldManager }))
}

const passwordOf = (tenant: Tenant, number: number): string => `${loginOf(tenant)}-${number}`
const dataOf = (password: string) => ({ password: Buffer.from(password).toString('base64') })

function issuerOf({ issuerKind, namespace }: Tenant) {
  return issuerKind === 'SectigoIssuer' ? { name: ISSUER, namespace } : { name: ISSUER }
}

function secretOf(tenant: Tenant) {
  const { issuerKind, namespace } = tenant
  return issuerKind === 'SectigoIssuer' ? { name: ISSUER, namespace } : { name: ISSUER, namespace: RELEASE }
}

function accountOf(tenant: Tenant): Account {
  const login = loginOf(tenant)
  return {
    customerUri: CUSTOMER,
    login,
    password: passwordOf(tenant, 1),
    email: `${login}@acme.example`,
    organizations: 'all',
    privileges: PRIVILEGES.filter((one) => tenant.autoApproved || one !== 'autoApproveCertificates'),
  }
}

// Who is observed under a fault: a namespace and a ServiceAccount of its own, with just what its role allows. Faults that
// belong to an account (limits, tokens, roles) so meet nobody else.
import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { isNotFound } from '../../src/kube/errors.ts'
import type { Resource } from '../../src/kube/resource.ts'
import type { ApiServer } from '../cluster/api-server.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { type Ground, portOf } from './ground.ts'
import { fieldManager, NAMESPACES, ROLE_BINDINGS, ROLES, SERVICE_ACCOUNTS } from './resources.ts'

export interface Tenant {
  readonly namespace: string
  /** As the API server calls the account. */
  readonly user: string
  /** A new token. Negative: it has expired so many seconds ago. */
  token(validSeconds: number): string
  /** Path of a new kubeconfig, for an API server behind this port. */
  kubeconfig(port: number): Promise<string>
  /** Replaces the file from which that takes its token. */
  writeToken(token: string): Promise<void>
  /** What the role's binding gives is gone when it is, and comes back with it. */
  bind(): Promise<void>
  unbind(): Promise<void>
}

const ACCOUNT = 'observer'
/** It creates nothing; but what is refused is not held up, see `holdWrites`. */
const VERBS = ['get', 'list', 'watch', 'patch', 'create']
const HOUR_SECONDS = 3600
/** A token that was always valid until now was made some time ago. */
const MADE_SECONDS_AGO = 600
const MOST_WAIT_MS = 60_000

/** Resolves when the account is let in. */
export async function createTenant(options: {
  readonly ground: Ground
  readonly admin: KubeClient
  /** At which it will be observed. */
  readonly server: ApiServer
  /** What the account may read and patch in its namespace. */
  readonly resource: Resource
}): Promise<Tenant> {
  const { admin, server, resource } = options
  const { folder, pki } = options.ground
  const namespace = `fault-${randomUUID().slice(0, 8)}`
  const inNamespace = { name: ACCOUNT, namespace }
  await admin.create(NAMESPACES, { metadata: { name: namespace } }, { fieldManager })
  const account = await admin.create(SERVICE_ACCOUNTS, { metadata: inNamespace }, { fieldManager })
  const rules = [{ apiGroups: [resource.group], resources: [resource.plural], verbs: VERBS }]
  await admin.create(ROLES, { metadata: inNamespace, rules }, { fieldManager })

  const user = `system:serviceaccount:${namespace}:${ACCOUNT}`
  const tokenFile = join(folder, `${namespace}.token`)
  const tenant: Tenant = {
    namespace,
    user,
    token: (validSeconds) =>
      mintToken({
        key: pki.serviceAccounts.key,
        validSeconds,
        claims: {
          sub: user,
          'kubernetes.io': { namespace, serviceaccount: { name: ACCOUNT, uid: account.metadata.uid } },
        },
      }),
    writeToken: (token) => writeFile(tokenFile, token, { mode: 0o600 }),
    kubeconfig(port) {
      const connection = { server: `https://127.0.0.1:${port}`, ca: pki.ca.certificate, namespace }
      return writeKubeconfig(join(folder, `${namespace}.kubeconfig`), connection, { tokenFile })
    },
    async bind() {
      const roleRef = { apiGroup: ROLES.group, kind: ROLES.kind, name: ACCOUNT }
      const subjects = [{ kind: SERVICE_ACCOUNTS.kind, name: ACCOUNT, namespace }]
      await admin.create(ROLE_BINDINGS, { metadata: inNamespace, roleRef, subjects }, { fieldManager })
    },
    unbind: () => admin.delete(ROLE_BINDINGS, inNamespace),
  }
  await tenant.bind()
  await tenant.writeToken(tenant.token(HOUR_SECONDS))
  await waitUntil(() => isLetIn(tenant, server, resource), { what: `${user} to be let in`, timeoutMs: MOST_WAIT_MS })
  return tenant
}

/** Each API server learns of accounts and roles by watches of its own: a little later, or never if it is cut off from etcd first. */
async function isLetIn(tenant: Tenant, server: ApiServer, resource: Resource): Promise<true> {
  const kubeconfig = await tenant.kubeconfig(portOf(server))
  const connection = await loadKubeConnection({ kubeconfig })
  try {
    const client = new KubeClient({ connection, userAgent: 'certwright-faults/tenant' })
    await client.list(resource, { namespace: tenant.namespace, limit: 1 })
  } catch (error) {
    // Who is not let in does not hear that either.
    if (!isNotFound(error)) throw error
  } finally {
    await connection.close()
  }
  return true
}

/**
 * A ServiceAccount's token, as the API server makes it, with its own key: RFC 7519, ES256. It gives out none that expires in
 * less than ten minutes.
 */
function mintToken(options: {
  readonly key: string
  readonly validSeconds: number
  readonly claims: Readonly<Record<string, unknown>>
}): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'https://kubernetes.default.svc',
    aud: ['https://kubernetes.default.svc'],
    iat: now - MADE_SECONDS_AGO,
    nbf: now - MADE_SECONDS_AGO,
    exp: now + options.validSeconds,
    ...options.claims,
  }
  const signed = [{ alg: 'ES256' }, claims].map((part) => base64url(JSON.stringify(part))).join('.')
  const key = createPrivateKey(options.key)
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

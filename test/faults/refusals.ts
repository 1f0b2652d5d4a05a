// Ways to have a real API server refuse the calls of one account, and of nobody else. Each ends with its disposal.
import { connect, type TLSSocket } from 'node:tls'
import type { ApiServer } from '../cluster/api-server.ts'
import { FLOW_SCHEMAS, fieldManager, PRIORITY_LEVELS, WEBHOOKS } from './resources.ts'
import type { Scene } from './scene.ts'
import type { Tenant } from './tenant.ts'

/** Before every other but `exempt`. */
const FIRST_PRECEDENCE = 2
/** Nobody listens there. */
const NOWHERE = 'https://127.0.0.1:1/'
/** Of a body that does not come; for one below 256 KiB, Go's server waits before it answers. */
const NEVER_SENT_BYTES = 1_000_000
const HOUR_SECONDS = 3600

/** Writes that the API server has begun to read, and that never come to their end. */
export function holdWrites(
  { connection }: ApiServer,
  { tenant, count }: { readonly tenant: Tenant; readonly count: number },
): Disposable {
  const { hostname, port } = new URL(connection.server)
  const head = [
    `POST /api/v1/namespaces/${tenant.namespace}/configmaps HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${tenant.token(HOUR_SECONDS)}`,
    'Content-Type: application/json',
    `Content-Length: ${NEVER_SENT_BYTES}`,
  ]
  const sockets = new Set<TLSSocket>()
  const hold = (): void => {
    const socket = connect({ host: hostname, port: Number(port), ca: connection.ca, servername: 'localhost' })
    socket.write(`${head.join('\r\n')}\r\n\r\n{`)
    sockets.add(socket)
    // Refused because all places are taken just now, or ended because the API server's patience has.
    socket.on('data', () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket) && hold())
  }
  for (let number = 0; number < count; number++) hold()
  return {
    [Symbol.dispose]() {
      for (const socket of sockets) {
        sockets.delete(socket)
        socket.destroy()
      }
    },
  }
}

/** Priority and fairness: the account gets no share of what the API server does at a time, and its one place is held. */
export async function jail({ servers, tenant }: Scene): Promise<AsyncDisposable> {
  const { admin, steady } = servers
  const metadata = { name: tenant.namespace }
  const limited = {
    ...{ nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0 },
    limitResponse: { type: 'Reject' },
  }
  await using stack = new AsyncDisposableStack()
  await admin.create(PRIORITY_LEVELS, { metadata, spec: { type: 'Limited', limited } }, { fieldManager })
  stack.defer(() => admin.delete(PRIORITY_LEVELS, metadata))
  const [, , namespace, name] = tenant.user.split(':')
  const rules = [
    {
      subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace, name } }],
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
    },
  ]
  const spec = { priorityLevelConfiguration: metadata, matchingPrecedence: FIRST_PRECEDENCE, rules }
  await admin.create(FLOW_SCHEMAS, { metadata, spec }, { fieldManager })
  stack.defer(() => admin.delete(FLOW_SCHEMAS, metadata))
  stack.use(holdWrites(steady, { tenant, count: 1 }))
  return stack.move()
}

/** An admission webhook that cannot be reached and must be asked: every write of the account is an internal error. */
export async function refuseWrites({ servers, tenant, resource }: Scene): Promise<AsyncDisposable> {
  const metadata = { name: tenant.namespace }
  const webhook = {
    name: 'nowhere.faults.test',
    clientConfig: { url: NOWHERE },
    rules: [{ apiGroups: [resource.group], apiVersions: ['*'], operations: ['*'], resources: [resource.plural] }],
    matchConditions: [{ name: 'account', expression: `request.userInfo.username == "${tenant.user}"` }],
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  }
  await servers.admin.create(WEBHOOKS, { metadata, webhooks: [webhook] }, { fieldManager })
  return { [Symbol.asyncDispose]: () => servers.admin.delete(WEBHOOKS, metadata) }
}

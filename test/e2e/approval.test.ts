// Nothing is ordered that nobody approved. cert-manager's approver loses its right for the time of this file, so that a request
// is approved or denied only by hand.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { createCsr } from '../support/pki.ts'
import { enrolments, operatorCalls } from './evidence.ts'
import {
  type CertificateRequest,
  hasReason,
  isTrue,
  readyIssuer,
  request,
  type SharedWorld,
  useWorld,
} from './world.ts'

const BINDING = 'certwright-approver'
const APPROVER = 'system:serviceaccount:cert-manager:cert-manager'
/** cert-manager's webhook remembers for 30 s that it may not be approved; the approver's own back-off comes on top. */
const APPROVED_AGAIN_MS = 120_000

let world: SharedWorld
let namespace: string
/** The chart's own, as it was. */
let binding: string | undefined
beforeAll(async () => {
  world = useWorld()
  namespace = await readyIssuer(world, 'approval')
  expect(await mayApprove()).toBe(true)
  binding = (await world.cluster.kubectl(['get', 'clusterrolebinding', BINDING, '-o', 'json'])).stdout
  await world.cluster.kubectl(['delete', 'clusterrolebinding', BINDING])
  await waitUntil(async () => !(await mayApprove()), { what: 'the approver to have no right', timeoutMs: 30_000 })
})
afterAll(async () => {
  if (binding === undefined) return
  const { apiVersion, kind, metadata, roleRef, subjects } = JSON.parse(binding)
  const { name, labels, annotations } = metadata
  await world.cluster.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion, kind, metadata: { name, labels, annotations }, roleRef, subjects }),
  })
  // Other tests rely on the approver: it has to work again, not only to be allowed.
  await world.apply(request(namespace, 'afterwards', await csr('afterwards')))
  const approved = async (): Promise<boolean> => (await conditionsOf('afterwards')).includes('Approved')
  await waitUntil(approved, { what: 'requests to be approved again', timeoutMs: APPROVED_AGAIN_MS })
}, APPROVED_AGAIN_MS + 30_000)

async function csr(name: string): Promise<string> {
  return (await createCsr({ dns: [`${name}.acme.example`] })).pem
}

/** What cert-manager's webhook asks the API server. `kubectl auth can-i` cannot: it does not know the resource. */
async function mayApprove(): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: APPROVER,
      resourceAttributes: {
        group: 'cert-manager.io',
        resource: 'signers',
        verb: 'approve',
        name: 'sectigoissuers.certwright.dev/*',
      },
    },
  }
  const input = JSON.stringify(review)
  const { stdout } = await world.cluster.kubectl(['create', '-f', '-', '-o', 'json'], { input })
  return JSON.parse(stdout).status.allowed
}

async function requestNamed(name: string): Promise<CertificateRequest | undefined> {
  return world.get<CertificateRequest>('certificaterequest', name, namespace)
}

async function conditionsOf(name: string): Promise<readonly string[]> {
  return (await requestNamed(name))?.status?.conditions?.map(({ type }) => type) ?? []
}

/** As `cmctl approve` and `cmctl deny` do. */
async function decide(name: string, type: 'Approved' | 'Denied'): Promise<void> {
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, '')
  const condition = { type, status: 'True', reason: 'ByHand', message: 'decided by a test', lastTransitionTime }
  const patch = JSON.stringify({ status: { conditions: [condition] } })
  await world.cluster.kubectl([
    'patch',
    'certificaterequest',
    name,
    '--namespace',
    namespace,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ])
}

const ordered = async (name: string): Promise<number> =>
  (await world.scm.orders()).filter(({ names }) => names.includes(`${name}.acme.example`)).length

it('a request is left alone until it is approved, and for ever when it is denied', async () => {
  const before = await enrolments(world)
  await world.apply(request(namespace, 'left', await csr('left')), request(namespace, 'wanted', await csr('wanted')))
  await decide('wanted', 'Approved')
  await world.ready('certificaterequest', 'wanted', namespace, isTrue)
  // The operator has met both: the one that came later is finished.
  expect(await conditionsOf('left')).toEqual([])
  expect(await operatorCalls(world, { namespace, name: 'left' })).toEqual([])
  expect(await world.list('certificateorders', namespace)).toHaveLength(1)
  expect(await ordered('left')).toBe(0)

  await decide('left', 'Denied')
  const denied = await world.ready('certificaterequest', 'left', namespace, hasReason('Denied'))
  expect(denied).toMatchObject({
    status: 'False',
    message: 'The CertificateRequest was denied by an approval controller',
  })
  const failureTime = Date.parse((await requestNamed('left'))?.status?.failureTime ?? '')
  expect(failureTime).toBeGreaterThan(Date.now() - 120_000)
  expect(await operatorCalls(world, { namespace, name: 'left' })).toEqual(['patch certificaterequests/status'])
  expect(await world.list('certificateorders', namespace)).toHaveLength(1)
  expect(await ordered('left')).toBe(0)
  expect(await ordered('wanted')).toBe(1)
  expect(await enrolments(world)).toBe(before + 1)
})

it('a request that is denied before its issuer exists is denied all the same', async () => {
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'never' }
  await world.apply(request(namespace, 'orphan', await csr('orphan'), { issuerRef }))
  await decide('orphan', 'Denied')
  await world.ready('certificaterequest', 'orphan', namespace, hasReason('Denied'))
})

// Nothing is ordered that nobody approved. cert-manager's approver loses its right for the time of this file, so that a request
// is approved or denied only by hand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { createCsr } from '../support/pki.ts'
import { runShell } from '../support/shell.ts'
import { root } from '../tools/root.ts'
import type { Certificate } from './contract-world.ts'
import { operatorCalls } from './evidence.ts'
import {
  type CertificateOrder,
  type CertificateRequest,
  certificate,
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
/** Longer than anything takes, for a loaded machine. */
const LATE_MS = 120_000
/** A Certificate that asks for others than before is tried again at once. */
const OTHER_USAGES = ['digital signature', 'server auth']

let world: SharedWorld
let namespace: string
/** The chart's own, as it was. */
let binding: string | undefined
beforeAll(async () => {
  world = useWorld()
  namespace = await readyIssuer(world, 'approval')
  expect(await mayApprove()).toBe(true)
  expect(await documentedCheck()).toContain('sectigoissuers.certwright.dev/*')
  binding = (await world.cluster.kubectl(['get', 'clusterrolebinding', BINDING, '-o', 'json'])).stdout
  await world.cluster.kubectl(['delete', 'clusterrolebinding', BINDING])
  await waitUntil(async () => !(await mayApprove()), { what: 'the approver to have no right', timeoutMs: 30_000 })
})
afterAll(restore)

/** Gives the approver its right back, as the chart has it. */
async function restore(): Promise<void> {
  if (binding === undefined) return
  const { apiVersion, kind, metadata, roleRef, subjects } = JSON.parse(binding)
  const { name, labels, annotations } = metadata
  await world.cluster.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion, kind, metadata: { name, labels, annotations }, roleRef, subjects }),
  })
}

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

/** What docs/troubleshooting.md has people run; what it prints, if anything. */
async function documentedCheck(): Promise<string> {
  const markdown = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8')
  const [command = ''] = /kubectl auth can-i --list .*certwright\.dev/.exec(markdown) ?? []
  // grep fails when it finds nothing.
  return (await runShell(world.cluster, `${command} || true`, {})).stdout
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

it.concurrent('contract 5: a request is left alone until it is approved, and for ever when it is denied', async () => {
  await world.apply(request(namespace, 'left', await csr('left')), request(namespace, 'wanted', await csr('wanted')))
  await decide('wanted', 'Approved')
  await world.ready('certificaterequest', 'wanted', namespace, isTrue)
  // The operator has met both: the one that came later is finished.
  expect(await conditionsOf('left')).toEqual([])
  expect(await operatorCalls(world, { namespace, name: 'left' })).toEqual([])
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
  const records = await world.list<CertificateOrder>('certificateorders', namespace)
  expect(records.filter(({ spec }) => spec.requestRef.name === 'left')).toEqual([])
  expect(await ordered('left')).toBe(0)
  expect(await ordered('wanted')).toBe(1)
})

it.concurrent('contract 6: a request that is denied before its issuer exists is denied all the same', async () => {
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'never' }
  await world.apply(request(namespace, 'orphan', await csr('orphan'), { issuerRef }))
  await decide('orphan', 'Denied')
  await world.ready('certificaterequest', 'orphan', namespace, hasReason('Denied'))
})

it.concurrent('contract 6: a Certificate whose request is denied costs nothing however often it is tried, and recovers', async () => {
  const name = 'unwelcome-1'
  await world.apply(certificate(namespace, 'unwelcome'))
  await waitUntil(() => requestNamed(name), { what: 'the request to be made', timeoutMs: LATE_MS })
  await decide(name, 'Denied')
  await world.ready('certificaterequest', name, namespace, hasReason('Denied'))
  const denied = await requestNamed(name)
  // With another key, so that sooner or later it makes another request, for which somebody must decide again.
  const triedAgain = async (): Promise<boolean> => {
    const { status } = (await world.get<Certificate>('certificate', 'unwelcome', namespace)) ?? {}
    return (
      (status?.failedIssuanceAttempts ?? 0) > 1 || (await requestNamed(name))?.metadata.uid !== denied?.metadata.uid
    )
  }
  await waitUntil(triedAgain, { what: 'cert-manager to try again', timeoutMs: LATE_MS })
  expect(await ordered('unwelcome')).toBe(0)

  await world.apply(certificate(namespace, 'unwelcome', { usages: OTHER_USAGES }))
  const corrected = async (): Promise<boolean> =>
    (await requestNamed(name))?.spec.usages?.join() === OTHER_USAGES.join()
  await waitUntil(corrected, { what: 'a request for what was corrected', timeoutMs: LATE_MS })
  await decide(name, 'Approved')
  await world.ready('certificate', 'unwelcome', namespace, isTrue)
  expect(await ordered('unwelcome')).toBe(1)
})

// Last: it gives the permission back.
it(
  'contract 30: without the permission to approve a request has nobody’s word, the documented command tells, and it goes on with it',
  async () => {
    expect(await documentedCheck()).toBe('')
    await world.apply(
      request(namespace, 'hanging', await csr('hanging')),
      request(namespace, 'wanted-too', await csr('wanted-too')),
    )
    await decide('wanted-too', 'Approved')
    await world.ready('certificaterequest', 'wanted-too', namespace, isTrue)
    expect(await requestNamed('hanging')).not.toHaveProperty('status')
    await restore()
    const approved = async (): Promise<boolean> => (await conditionsOf('hanging')).includes('Approved')
    await waitUntil(approved, { what: 'requests to be approved again', timeoutMs: APPROVED_AGAIN_MS })
    await world.ready('certificaterequest', 'hanging', namespace, isTrue)
  },
  APPROVED_AGAIN_MS + LATE_MS,
)

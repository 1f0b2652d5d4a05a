// cert-manager's contract for external issuers, line by line (4): what depends on the operator's start, and on its clock.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type CertificateRequest, certificateRequests } from '../../../src/api/certificate-request.ts'
import { KubeClient } from '../../../src/kube/client.ts'
import { loadKubeConnection } from '../../../src/kube/config.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { callsOf } from '../../support/audit.ts'
import { createCsr } from '../../support/pki.ts'
import { certificate, issuer, isTrue, LOGIN, secret } from '../world.ts'
import { LATE_MS, readyToAsk } from './asked.ts'
import { installOwnRelease, LEADS, logged, type OwnRelease, showLogsOnFailure } from './own-release.ts'

let release: OwnRelease
beforeAll(async () => {
  release = await installOwnRelease('contract')
})
afterEach(() => release.stopOperators())
afterAll(() => release.uninstall())

const timeScale = 20

/** More than any two machines of a cluster should differ by. */
const BEHIND_MS = 600_000
const CLOCK_BEHIND = `const now = Date.now; Date.now = () => now() - ${BEHIND_MS}`
/** cert-manager's back-off here (test/cluster/cert-manager.ts), less what whole seconds may take away. */
const LEAST_BACK_OFF_MS = 4_000

it('contract 12: with a clock that is behind a request is not Failed before it was made, and cert-manager keeps its back-off', async () => {
  const { world } = release
  const operator = await release.operator({
    timeScale,
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CLOCK_BEHIND)}` },
  })
  showLogsOnFailure(operator)
  const namespace = await release.readyIssuer('behind')
  const checked = await world.ready('sectigoissuer', 'scm', namespace, isTrue)
  expect(Date.parse(checked.lastTransitionTime)).toBeLessThan(Date.now() - BEHIND_MS / 2)
  await world.apply(certificate(namespace, 'web', { uris: ['spiffe://acme.example/web'] }))
  const requestNow = () => world.get<CertificateRequest>('certificaterequest', 'web-1', namespace)
  const failed = async (): Promise<CertificateRequest | undefined> => {
    const found = await requestNow()
    return found?.status?.conditions?.some(({ reason }) => reason === 'Failed') ? found : undefined
  }
  const { metadata, status } = await waitUntil(failed, { what: 'the request to fail', timeoutMs: LATE_MS })
  const approved = status?.conditions?.find(({ type }) => type === 'Approved')
  const failureTime = Date.parse(status?.failureTime ?? '')
  expect(failureTime).toBeGreaterThanOrEqual(Date.parse(metadata.creationTimestamp))
  expect(failureTime).toBeGreaterThanOrEqual(Date.parse(approved?.lastTransitionTime ?? ''))
  const next = await waitUntil(
    async () => {
      const found = await requestNow()
      return found !== undefined && found.metadata.uid !== metadata.uid && found
    },
    { what: 'the next request', timeoutMs: LATE_MS },
  )
  const pause = Date.parse(next.metadata.creationTimestamp) - Date.parse(metadata.creationTimestamp)
  expect(pause).toBeGreaterThanOrEqual(LEAST_BACK_OFF_MS)
  await world.cluster.kubectl(['delete', 'certificate', 'web', '--namespace', namespace])
})

/** A write to any of them would show; tried with 10,000 too, of which the operator then held some 5 KB each. */
const REQUESTS = 300
/** At most so many calls at a time. */
const CALLERS = 40
/** What it may have with 10,000. */
const MOST_BYTES = 200_000_000

it(`contract 26: ${REQUESTS} requests that have ended are not touched by an operator that starts`, async () => {
  const { world } = release
  const connection = await loadKubeConnection({ kubeconfig: world.cluster.kubeconfig })
  const client = new KubeClient({ connection, userAgent: 'certwright-contract' })
  const namespace = `ended-${randomUUID().slice(0, 6)}`
  // cert-manager's webhook takes no second word on an approval, and its approver may be faster.
  const labels = { 'cert-manager.io/disable-validation': 'true' }
  await world.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    // Of an issuer that this operator serves: it would be at work on them if they had not ended.
    secret(release.namespace, 'scm', { password: LOGIN.password }),
    issuer(world, { name: release.name }, { operatorClass: release.operatorClass }),
  )
  const { pem } = await createCsr({ dns: ['ended.acme.example'] })
  const versions = new Map<string, string>()
  const names = Array.from({ length: REQUESTS }, (_, n) => `ended-${n}`)
  const make = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop())
      versions.set(name, await endedRequest(client, { namespace, name, pem, issuerName: release.name }))
  }
  await Promise.all(Array.from({ length: CALLERS }, make))

  const operator = await release.operator({ timeScale })
  showLogsOnFailure(operator)
  await logged(operator, LEADS)
  const asked = await readyToAsk(release, 'device', 'afterwards')
  await asked.ask()
  await asked.issued()
  await world.ready('sectigoclusterissuer', release.name, undefined, isTrue)
  await world.cluster.kubectl(['delete', 'sectigoclusterissuer', release.name])

  const { items } = await client.list(certificateRequests, { namespace })
  await connection.close()
  expect(new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]))).toEqual(versions)
  const calls = await callsOf(world.cluster, { namespace: release.namespace, name: `${release.name}-certwright` })
  expect(calls.filter(({ objectRef }) => objectRef?.namespace === namespace)).toEqual([])
  const metrics = await (await fetch(`${operator.metricsUrl}/metrics`)).text()
  const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1])
  expect(bytes).toBeLessThan(MOST_BYTES)
})

const ENDS = [
  { status: 'False', reason: 'Failed' },
  { status: 'True', reason: 'Issued' },
  { status: 'False', reason: 'Denied' },
] as const

/** Its last resourceVersion. */
async function endedRequest(
  client: KubeClient,
  {
    namespace,
    name,
    pem,
    issuerName,
  }: { readonly namespace: string; readonly name: string; readonly pem: string; readonly issuerName: string },
): Promise<string> {
  const fieldManager = 'certwright-contract'
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  const spec = {
    request: Buffer.from(pem).toString('base64'),
    issuerRef: { group: 'certwright.dev', kind: 'SectigoClusterIssuer', name: issuerName },
  }
  await client.create(certificateRequests, { metadata: { namespace, name }, spec }, { fieldManager })
  const end = ENDS[Number(name.split('-')[1]) % ENDS.length] ?? ENDS[0]
  const conditions = [
    { type: 'Approved', status: 'True', reason: 'ByTest', message: 'approved', lastTransitionTime },
    { type: 'Ready', ...end, message: 'ended', lastTransitionTime },
  ] as const
  const status = { conditions, ...(end.status === 'False' ? { failureTime: lastTransitionTime } : {}) }
  const patched = await client.mergePatch(
    certificateRequests,
    { namespace, name },
    { status },
    { subresource: 'status', fieldManager },
  )
  return patched.metadata.resourceVersion
}

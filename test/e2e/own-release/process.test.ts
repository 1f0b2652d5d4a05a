// The operator as a process: its command line, its exit codes, its Lease, its probes and metrics.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { statusOf } from '../../cluster/http-probe.ts'
import { type RunError, run } from '../../cluster/run.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createCsr } from '../../support/pki.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { root } from '../../tools/root.ts'
import { issuer, request } from '../world.ts'
import { readyToAsk } from './asked.ts'
import { installOwnRelease, LEADS, leads, logged, type OwnRelease, showLogsOnFailure } from './own-release.ts'

const BUNDLE = join(root, 'dist', 'certwright.js')

/** Far more than the process takes to say one line. */
const COMMAND_MS = 90_000
/** A loaded machine renews in time, and the API server lets nothing hang for longer than 30 s: see {@link unansweredWebhook}. */
const RENEW_DEADLINE_MS = 6_000

/** Runs the operator's command as a person would, without any of its environment variables. */
async function certwright(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const clean = { PATH: process.env['PATH'], HOME: '/nonexistent', ...env }
  return run(process.execPath, [BUNDLE, ...args], { env: clean, timeoutMs: COMMAND_MS }).then(
    (result) => ({ exitCode: 0, ...result }),
    (error: RunError) => error,
  )
}

describe('the command line', () => {
  it('prints the version', async () => {
    expect(await certwright(['--version'])).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^certwright \d+\.\d+\.\d+\n$/),
      stderr: '',
    })
  })

  it('prints every flag with its meaning', async () => {
    const { exitCode, stdout, stderr } = await certwright(['--help'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    for (const flag of ['--kubeconfig', '--allowed-hosts', '--operator-class', '--leader-elect', '--time-scale'])
      expect(stdout).toContain(`  ${flag}`)
  })

  it.each<[string, readonly string[], string, NodeJS.ProcessEnv?]>([
    ['an unknown flag', ['--verbose'], '--verbose'],
    ['a malformed value', ['--workers=many'], '--workers'],
    ['a malformed variable', [], 'CERTWRIGHT_LOG_LEVEL', { CERTWRIGHT_LOG_LEVEL: 'loud' }],
    [
      'a lease duration in parts of a second, which a Lease cannot hold',
      ['--leader-election-lease-duration=15500ms'],
      '--leader-election-lease-duration',
    ],
  ])('refuses %s with one line and exit code 2', async (_, args, named, env = {}) => {
    const { exitCode, stdout, stderr } = await certwright(args, env)
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^certwright: [^\n]+\n$/),
    })
    expect(stderr).toContain(named)
  })
})

describe('a kubeconfig that cannot work', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certwright-kubeconfig-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each<[string, string | undefined]>([
    ['is missing', undefined],
    ['is empty', ''],
    ['is not YAML', 'clusters: [unclosed'],
    ['names a context that is not there', 'current-context: gone\ncontexts: []\n'],
  ])('because it %s is told in one line, exit code 1', async (_, content) => {
    const path = join(folder, 'config')
    await rm(path, { force: true })
    if (content !== undefined) await writeFile(path, content)
    const { exitCode, stderr } = await certwright([`--kubeconfig=${path}`, '--health-address=0', '--metrics-address=0'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/^certwright: [^\n]+\n$/) })
    expect(stderr).toContain(path)
  })
})

describe('a running operator', () => {
  let release: OwnRelease
  beforeAll(async () => {
    const values = [`leaderElection.renewDeadline=${RENEW_DEADLINE_MS}ms`, 'leaderElection.retryPeriod=400ms']
    release = await installOwnRelease('process', { values })
  })
  afterEach(() => release.stopOperators())
  afterAll(() => release.uninstall())

  const holder = async (): Promise<string | undefined> => (await release.lease())?.spec?.holderIdentity

  it('on SIGTERM gives its Lease back and exits with 0', async () => {
    const operator = await release.operator()
    showLogsOnFailure(operator)
    await logged(operator, LEADS)
    const { stdout } = await release.world.cluster.kubectl(['get', 'lease', '-n', release.namespace, '-o', 'name'])
    expect(stdout.trim()).toBe(`lease.coordination.k8s.io/certwright-${release.operatorClass}`)
    expect(await holder()).not.toBe('')
    expect(await operator.stop('SIGTERM')).toBe(0)
    expect((await holder()) ?? '').toBe('')
  })

  it('that loses its Lease to somebody else leaves it alone and exits with 1 within the renew deadline', async () => {
    const operator = await release.operator()
    showLogsOnFailure(operator)
    await logged(operator, LEADS)
    const lease = `certwright-${release.operatorClass}`
    const patch = JSON.stringify({ spec: { holderIdentity: 'somebody else' } })
    await release.world.cluster.kubectl(['patch', 'lease', lease, '-n', release.namespace, '--type=merge', '-p', patch])
    const lost = performance.now()
    expect(await operator.exitCode).toBe(1)
    expect(performance.now() - lost).toBeLessThan(RENEW_DEADLINE_MS)
    // It saw whose the lease is: it did not wait until it could renew no more.
    const why = operator.logs().filter((line) => line.includes('leadership is lost'))
    expect(why).toEqual([expect.stringContaining('the lease is held by somebody else')])
    expect(await holder()).toBe('somebody else')
    await release.world.cluster.kubectl(['delete', 'lease', lease, '-n', release.namespace])
  })

  it('is ready and alive also as a standby, and only the leader acts', async () => {
    const leader = await release.operator()
    await logged(leader, LEADS)
    const standby = await release.operator()
    showLogsOnFailure(leader, standby)
    for (const { healthUrl } of [leader, standby]) {
      for (const path of ['healthz', 'readyz']) expect(await statusOf(`${healthUrl}/${path}`)).toBe(200)
      expect(await statusOf(`${healthUrl}/metrics`)).toBe(404)
    }
    expect(leads(standby)).toBe(false)
    const lease = `involvedObject.kind=Lease,involvedObject.name=certwright-${release.operatorClass},reason=LeaderElection`
    const events = ['get', 'events', '-n', release.namespace, '--field-selector', lease]
    // Written in the background.
    const told = async (): Promise<string> => (await release.world.cluster.kubectl(events)).stdout
    await expect.poll(told, { timeout: COMMAND_MS }).toContain('became leader')
    const asked = await readyToAsk(release, 'ssl', 'standby')
    await asked.ask()
    await asked.issued()
    expect(await metricsOf(standby.metricsUrl)).toMatchObject({
      [`leader_election_master_status{name="certwright-${release.operatorClass}"}`]: '0',
    })
    expect(standby.logs().filter((line) => line.includes('SCM call') || line.includes('order is placed'))).toEqual([])
    // One after the other, so that the standby does not take over from a leader that is on its way out.
    expect(await standby.stop()).toBe(0)
  })

  it('goes on leading while the API server leaves all its other calls hanging', async () => {
    const operator = await release.operator()
    showLogsOnFailure(operator)
    await logged(operator, LEADS)
    const { world } = release
    const namespace = await world.namespace('hanging')
    await using nowhere = await startTcpProxy(0)
    nowhere.blackHole()
    await world.apply(await unansweredWebhook(release, namespace, nowhere.port))
    try {
      // Each is told that its issuer is not ready, which has no Secret.
      await world.apply(issuer(world, { name: 'scm', namespace }, { operatorClass: release.operatorClass }))
      const names = Array.from({ length: WORKERS }, (_, index) => `hanging-${index}`)
      const { pem } = await createCsr({ commonName: 'hanging.acme.example', dns: ['hanging.acme.example'] })
      await world.apply(...names.map((name) => request(namespace, name, pem)))
      for (const name of names) await world.ready('certificaterequest', name, namespace, () => true)
      expect(nowhere.connections().accepted).toBeGreaterThanOrEqual(WORKERS)
    } finally {
      await world.cluster.kubectl(['delete', 'validatingwebhookconfiguration', namespace])
    }
    expect(operator.logs().filter((line) => line.includes('leadership is lost'))).toEqual([])
  })

  it("has controller-runtime's metrics and its own", async () => {
    const operator = await release.operator()
    showLogsOnFailure(operator)
    const asked = await readyToAsk(release, 'ssl', 'metrics')
    await asked.ask()
    await asked.issued()
    const metrics = await waitUntil(
      async () => {
        const found = await metricsOf(operator.metricsUrl)
        return found[REQUESTS_DONE] === undefined ? undefined : found
      },
      { what: 'the reconcile to be counted', timeoutMs: COMMAND_MS },
    )
    const names = new Set(Object.keys(metrics).map((series) => series.split('{')[0]))
    expect([...names]).toEqual(
      expect.arrayContaining([
        'controller_runtime_reconcile_total',
        'controller_runtime_reconcile_errors_total',
        'controller_runtime_reconcile_time_seconds_bucket',
        'controller_runtime_max_concurrent_reconciles',
        'controller_runtime_active_workers',
        'workqueue_depth',
        'workqueue_adds_total',
        'workqueue_retries_total',
        'workqueue_queue_duration_seconds_bucket',
        'workqueue_work_duration_seconds_bucket',
        'workqueue_unfinished_work_seconds',
        'workqueue_longest_running_processor_seconds',
        'rest_client_requests_total',
        'leader_election_master_status',
        'process_resident_memory_bytes',
      ]),
    )
    const labels = `issuer_kind="SectigoIssuer",issuer_namespace="${asked.namespace}",issuer_name="scm"`
    expect(metrics).toMatchObject({
      [`certwright_issuer_ready{${labels}}`]: '1',
      'certwright_scm_requests_total{endpoint="ssl/v1/enroll",code="200"}': '1',
      'certwright_scm_requests_total{endpoint="ssl/v1/{id}",code="200"}': '1',
      'certwright_scm_requests_total{endpoint="ssl/v1/collect/{id}",code="200"}': '1',
      [`leader_election_master_status{name="certwright-${release.operatorClass}"}`]: '1',
    })
  })
})

/** As many requests as the chart's operator works on at the same time, and as it has connections for calls. */
const WORKERS = 16

/** Holds up each status that the operator writes in the namespace for twice as long as it may lead without renewing. */
async function unansweredWebhook(operator: OwnRelease, namespace: string, port: number) {
  const { cert } = await selfSigned('nowhere')
  const account = `system:serviceaccount:${operator.namespace}:${operator.name}-certwright`
  const status = { apiGroups: ['cert-manager.io'], apiVersions: ['v1'], resources: ['certificaterequests/status'] }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: namespace },
    webhooks: [
      {
        name: 'unanswered.certwright.example',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        timeoutSeconds: (2 * RENEW_DEADLINE_MS) / 1_000,
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(cert).toString('base64') },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        matchConditions: [{ name: 'operator', expression: `request.userInfo.username == '${account}'` }],
        rules: [{ operations: ['UPDATE'], ...status }],
      },
    ],
  }
}

const REQUESTS_DONE = 'controller_runtime_reconcile_total{controller="certificaterequest",result="success"}'

/** Series with their labels -> value, as `/metrics` has them. */
async function metricsOf(url: string): Promise<Record<string, string>> {
  const response = await fetch(`${url}/metrics`)
  expect(response.status).toBe(200)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )
}

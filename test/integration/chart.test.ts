// What Helm makes of the chart, and what a real API server says to that.
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { parse } from 'yaml'
import { issuerSpec } from '../../src/api/sectigo-issuer.ts'
import { lint, type Manifest, parseManifests, render, renderNotes, renderText, serverDryRun } from '../chart/helm.ts'
import { deployment, isRole, podSelector, podSpec } from '../chart/manifests.ts'
import { BARE, EVERYTHING } from '../chart/value-sets.ts'

const binaries = inject('binaries')
const VALUE_SETS = [
  ['the default values', {}],
  ['everything switched on', EVERYTHING],
  ['as little as possible', BARE],
] as const

describe('helm', () => {
  it('lints the chart without a warning', async () => {
    expect(await lint(binaries)).toContain('0 chart(s) failed')
  })

  it.each([
    ['a misspelt value', { replicaCounts: 3 }, "'replicaCounts' not allowed"],
    ['a misspelt value in a group', { leaderElection: { leasDuration: '15s' } }, "'leasDuration' not allowed"],
    ['a value of another type', { replicaCount: 'two' }, '/replicaCount'],
    ['a group set to nothing', { image: null }, "missing property 'image'"],
    ['a host that is a URL', { allowedHosts: ['https://scm.test/api'] }, '/allowedHosts/0'],
    ['two hosts in one entry', { extraAllowedHosts: ['a.test,b.test'] }, '/extraAllowedHosts/0'],
    ['a duration without a unit', { leaderElection: { leaseDuration: '15' } }, '/leaderElection/leaseDuration'],
    ['a namespace that cannot be', { clusterResourceNamespace: 'Not_A_Name' }, '/clusterResourceNamespace'],
    ['a digest cut short', { image: { digest: 'sha256:abc' } }, '/image/digest'],
    ['several pods without leader election', { leaderElection: { enabled: false } }, 'every pod would place orders'],
    [
      'a rolling update without leader election',
      { replicaCount: 1, leaderElection: { enabled: false } },
      'set strategy.type to Recreate',
    ],
    [
      'both monitors',
      { prometheus: { servicemonitor: { enabled: true }, podmonitor: { enabled: true } } },
      'scraped twice',
    ],
  ])('refuses %s and names it', async (_case, values, message) => {
    await expect(renderText({ binaries, values })).rejects.toThrow(message)
  })

  it('accepts the global values of a parent chart', async () => {
    expect(await render({ binaries, values: { global: { imageRegistry: 'registry.test' } } })).not.toEqual([])
  })

  it('names a release by what is unique about it', async () => {
    const name = async (release: string) => deployment(await render({ binaries, name: release })).metadata.name
    expect(await name('certwright')).toBe('certwright')
    expect(await name('certwright-blue')).toBe('certwright-blue')
    expect(await name('blue')).toBe('blue-certwright')
  })
})

describe.each(VALUE_SETS)('rendered with %s', (_case, values) => {
  let text: string
  let manifests: Manifest[]
  beforeAll(async () => {
    text = await renderText({ binaries, values })
    manifests = parseManifests(text)
  })

  it('is accepted by the API server', async () => {
    const kubeconfig = inject('kubeconfig')
    const release = { binaries, values, namespace: 'default' }
    // Namespaces that are there in every cluster, so that nothing has to be created for the question.
    const printed = await serverDryRun({ binaries, kubeconfig, manifests: await renderText(release) })
    expect(printed.trim().split('\n')).toHaveLength(manifests.length)
  })

  it('runs restricted: not as root, no capability, nothing writable, no token of the node', () => {
    const pod = podSpec(manifests)
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    })
    for (const member of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod[member]).toBeUndefined()
    expect(pod.containers).toHaveLength(1)
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    })
  })

  it('mounts a token of its own where clients look for it, and gives a drain its time', () => {
    const pod = podSpec(manifests)
    expect(pod.containers[0].volumeMounts).toContainEqual({
      name: 'serviceaccount',
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      readOnly: true,
    })
    expect(JSON.stringify(pod['volumes'])).toMatch(/"path":"token".*"path":"ca.crt".*"path":"namespace"/)
    expect(pod['terminationGracePeriodSeconds']).toBe(160)
  })

  it('is probed for readiness', () => {
    expect(podSpec(manifests).containers[0].readinessProbe).toMatchObject({
      httpGet: { path: '/readyz', port: 'http-healthz' },
    })
  })

  it('grants no wildcard and nothing that leads to more', () => {
    for (const role of manifests.filter(isRole)) {
      for (const rule of role.rules) {
        const words = [...rule.apiGroups, ...rule.resources, ...rule.verbs]
        expect(words, role.metadata.name).not.toContain('*')
        expect(rule.resources, role.metadata.name).not.toContain('serviceaccounts/token')
        for (const verb of ['escalate', 'bind', 'impersonate']) expect(rule.verbs).not.toContain(verb)
      }
    }
  })

  it('says of every rule what it is for', () => {
    const lines = text.split('\n')
    const silent = lines.filter((line, n) => line.startsWith('  - apiGroups:') && !lines[n - 1]?.startsWith('  # '))
    expect(silent).toEqual([])
  })

  it('labels every object', () => {
    for (const manifest of manifests.filter(({ kind }) => !['CustomResourceDefinition', 'ConfigMap'].includes(kind))) {
      expect(manifest.metadata.labels, manifest.kind).toMatchObject({
        'app.kubernetes.io/name': 'certwright',
        'app.kubernetes.io/instance': 'certwright',
      })
    }
  })
})

describe('the pods', () => {
  it('run the image of the chart’s version, or the one that is named', async () => {
    const image = async (values: object) => podSpec(await render({ binaries, values })).containers[0].image
    expect(await image({})).toBe('certwright:0.1.0')
    expect(await image(EVERYTHING)).toBe(`registry.test/certwright:9.9.9@sha256:${'a'.repeat(64)}`)
  })

  it('are restarted when /healthz fails, unless that is switched off', async () => {
    const probe = async (values: object) => podSpec(await render({ binaries, values })).containers[0].livenessProbe
    expect(await probe({})).toMatchObject({ httpGet: { path: '/healthz', port: 'http-healthz' }, failureThreshold: 8 })
    expect(await probe(BARE)).toBeUndefined()
  })

  it('are spread by their own labels where the constraint names none', async () => {
    const selector = {
      matchLabels: { 'app.kubernetes.io/name': 'certwright', 'app.kubernetes.io/instance': 'certwright' },
    }
    expect(podSpec(await render({ binaries, values: EVERYTHING })).topologySpreadConstraints).toMatchObject([
      { labelSelector: selector },
      { labelSelector: { matchLabels: { own: 'x' } } },
    ])
  })

  it('are selected by the Service, the budget, the network policy and each monitor', async () => {
    for (const monitor of ['servicemonitor', 'podmonitor']) {
      const manifests = await render({
        binaries,
        values: { networkPolicy: { enabled: true }, prometheus: { [monitor]: { enabled: true } } },
      })
      const labels = deployment(manifests).spec.template.metadata.labels
      const selecting = manifests.filter((manifest) => Object.keys(podSelector(manifest)).length > 0)
      expect(selecting.map(({ kind }) => kind.replace(/^(Pod|Service)Monitor$/, 'Monitor')).toSorted()).toEqual([
        'Deployment',
        'Monitor',
        'NetworkPolicy',
        'PodDisruptionBudget',
        'Service',
      ])
      for (const manifest of selecting) expect(labels, manifest.kind).toMatchObject(podSelector(manifest))
    }
  })
})

describe('the notes', () => {
  it('show a first issuer, how requests get approved, and where to look', async () => {
    const notes = await renderNotes({ binaries })
    expect(notes).toContain('kubectl get sectigoissuers,sectigoclusterissuers,certificateorders -A')
    expect(notes).toContain('--as=system:serviceaccount:cert-manager:cert-manager')
    expect(notes).toContain('cmctl approve REQUEST')
    expect(notes).toContain('--selector app.kubernetes.io/name=certwright,app.kubernetes.io/instance=certwright')
  })

  it('show an issuer that the API would accept', async () => {
    const notes = await renderNotes({ binaries })
    const [, sample = ''] = /<<'YAML'\n(.+)\n {3}YAML\n/s.exec(notes) ?? []
    const issuer = parse(sample)
    expect(issuer).toMatchObject({ apiVersion: 'certwright.dev/v1alpha1', kind: 'SectigoIssuer' })
    expect(issuerSpec.safeParse(issuer.spec).error).toBeUndefined()
  })

  it('warn of what the values leave to others', async () => {
    const notes = await renderNotes({ binaries, values: { ...BARE, secretAccess: EVERYTHING.secretAccess } })
    expect(notes).toContain('CustomResourceDefinitions have to be there already')
    expect(notes).toContain('these namespaces only: certwright-system, kube-system, default.')
    expect(notes).toContain('gave nobody the right')
  })
})

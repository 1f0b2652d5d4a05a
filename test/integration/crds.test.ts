// The definitions on a real API server: are they accepted, and does it judge issuers as zod does?
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import {
  issuerSpec,
  namespacedIssuerSpec,
  type SectigoIssuer,
  sectigoClusterIssuers,
  sectigoIssuers,
} from '../../src/api/sectigo-issuer.ts'
import { ISSUER_SAMPLES, SMALLEST_ISSUER } from '../../src/api/testing/issuer-samples.ts'
import type { KubeObject, Resource } from '../../src/kube/resource.ts'
import type { OwnNamespace } from '../support/own-namespace.ts'
import { root } from '../tools/root.ts'
import { CRDS, fieldManager, openPlayground, operatorClass, refusal, run, tableOf } from './crds-playground.ts'

/** Issuers as anybody may write them. */
const { group, version, plural, kind, namespaced } = sectigoIssuers
const unchecked: Resource<KubeObject & { readonly spec?: unknown }> = { group, version, plural, kind, namespaced }

let playground: OwnNamespace
beforeAll(async () => {
  playground = await openPlayground()
}, 60_000)
afterAll(() => playground[Symbol.asyncDispose]())

describe('the definitions', () => {
  it('are established, and nothing is held against them', async () => {
    const { items } = JSON.parse(await run('kubectl', 'get', '-o', 'json', '-f', CRDS))
    expect(items).toHaveLength(readdirSync(CRDS).length)
    for (const { metadata, status } of items) {
      const conditions = status.conditions.map(
        ({ type, status }: { type: string; status: string }) => `${type}=${status}`,
      )
      expect(conditions.sort(), metadata.name).toEqual(['Established=True', 'NamesAccepted=True'])
      expect(status.acceptedNames.categories).toContain('cert-manager')
    }
  })

  it('are the same in the chart, kept or left out as its values say', async () => {
    const template = async (...values: readonly string[]): Promise<readonly Record<string, unknown>[]> => {
      const chart = join(root, 'charts', 'certwright')
      const flags = values.flatMap((value) => ['--set', value])
      return parseAllDocuments(await run('helm', 'template', 'certwright', chart, ...flags))
        .map((document) => document.toJS())
        .filter((object) => object?.kind === 'CustomResourceDefinition')
    }
    const plain = readdirSync(CRDS).map((file) => parse(readFileSync(join(CRDS, file), 'utf8')))
    const kept = plain.map((definition) => ({
      ...definition,
      metadata: { ...definition.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } },
    }))
    expect(await template()).toEqual(kept)
    expect(await template('crds.keep=false')).toEqual(plain)
    expect(await template('crds.enabled=false')).toEqual([])
  })

  it('explain their fields', async () => {
    // kubectl breaks lines; the API server publishes a new schema some seconds after it is established.
    const explained = async (field: string): Promise<string> =>
      (await run('kubectl', 'explain', field)).replace(/\s+/g, ' ')
    const says = (field: string, words: string) =>
      vi.waitFor(async () => expect(await explained(field)).toContain(words), { timeout: 30_000, interval: 500 })
    await says('sectigoissuers.spec.ssl.term.policy', 'Nearest: the term closest to it.')
    await says('sectigoclusterissuers.spec.limits', 'How hard SCM is asked.')
    await says('certificateorders.status.phase', 'OutcomeUnknown: sent, but the answer was lost')
  }, 60_000)
})

describe('an issuer', () => {
  const create = (name: string, spec: unknown): Promise<KubeObject & { readonly spec?: unknown }> =>
    playground.client.create(unchecked, { metadata: { name, namespace: playground.namespace }, spec }, { fieldManager })
  /** As the kind that may have such a spec; gone again where no namespace takes it along. */
  const createEither = async (name: string, spec: object) => {
    if (!JSON.stringify(spec).includes('namespaceSelector')) return create(name, spec)
    const metadata = { name: `${playground.namespace}-${name}` }
    const issuer = { metadata, spec: spec as SectigoIssuer['spec'] }
    const created = await playground.client.create(sectigoClusterIssuers, issuer, { fieldManager })
    await playground.client.delete(sectigoClusterIssuers, metadata)
    return created
  }

  const samples = ISSUER_SAMPLES.map(({ spec, ...sample }, index) => ({
    ...sample,
    name: `sample-${index}`,
    spec: { operatorClass, ...spec },
  }))

  it.each(samples.filter(({ refusal }) => refusal === undefined))(
    'is accepted with $title, and gets the defaults that zod gives',
    async ({ name, spec }) => {
      expect((await createEither(name, spec)).spec).toEqual(issuerSpec.parse(spec))
    },
  )

  it.each(samples.filter(({ refusal }) => refusal !== undefined))(
    'is refused with $title',
    async ({ name, spec, refusal: words }) => {
      expect(await refusal(createEither(name, spec))).toContain(words)
      expect(issuerSpec.safeParse(spec).success).toBe(false)
    },
  )

  it('of a namespace is refused with a selector of namespaces', async () => {
    const spec = { ...SMALLEST_ISSUER, operatorClass, allow: { namespaceSelector: {} } }
    expect(await refusal(create('selector', spec))).toContain('allow.namespaceSelector is for SectigoClusterIssuers')
    expect(namespacedIssuerSpec.safeParse(spec).success).toBe(false)
  })

  it('without a spec is refused', async () => {
    expect(await refusal(create('empty', undefined))).toContain('spec: Required value')
  })

  it('of the cluster takes the same spec, and shows how it is', async () => {
    const name = playground.namespace
    const spec = issuerSpec.parse({ ...SMALLEST_ISSUER, operatorClass })
    await playground.client.create(sectigoClusterIssuers, { metadata: { name }, spec }, { fieldManager })
    try {
      const lastTransitionTime = '2026-11-22T10:00:00Z'
      const ready = { type: 'Ready', status: 'True', reason: 'Checked', message: 'well', lastTransitionTime } as const
      const status = {
        observedGeneration: 1,
        conditions: [{ ...ready, observedGeneration: 1 }],
        profile: { id: '5170', name: 'OV SSL 199', terms: [90, 199], keyTypes: { RSA: ['2048'] } },
        organization: { id: '8928', name: 'Acme' },
        credentials: { expires: '2027-03-04', refusedSecretVersion: '4711' },
      }
      const written = await playground.client.mergePatch(
        sectigoClusterIssuers,
        { name },
        { status },
        { fieldManager, subresource: 'status' },
      )
      expect(written.status).toEqual(status)
      const [header, row] = tableOf(await run('kubectl', 'get', 'scmclusterissuer', name, '-o', 'wide'))
      expect(header).toEqual(['NAME', 'READY', 'STATUS', 'URL', 'ORG', 'PROFILE', 'MESSAGE', 'AGE'])
      expect(row?.slice(1, -1)).toEqual(['True', 'Checked', SMALLEST_ISSUER.url, '8928', 'OV SSL 199', 'well'])
    } finally {
      await playground.client.delete(sectigoClusterIssuers, { name })
    }
  })
})

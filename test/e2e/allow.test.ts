// What an issuer allows, as docs/issuer-access.md has it: a request outside costs nothing, says why, and goes on when it is allowed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createCsr } from '../support/pki.ts'
import { codeBlocks } from '../support/readme.ts'
import { root } from '../tools/root.ts'
import { operatorCalls } from './evidence.ts'
import {
  type CertificateOrder,
  type CertificateRequest,
  hasReason,
  isTrue,
  LOGIN,
  readyIssuer,
  request,
  type SharedWorld,
  secret,
  useWorld,
} from './world.ts'

const blocks = codeBlocks(readFileSync(join(root, 'docs', 'issuer-access.md'), 'utf8'))
const example = (name: string) => parse(blocks.find((block) => block.name === name)?.code ?? '')

let world: SharedWorld
beforeAll(() => {
  world = useWorld()
})

afterAll(() => kubectl('delete', 'sectigoclusterissuer', 'selective', 'choosing', '--ignore-not-found'))

/** The cluster issuer of the page, with this name, before the simulator and with a Secret of its own. */
async function exampleIssuer(name: string): Promise<{ readonly kind: string; readonly name: string }> {
  const { namespace, simulator } = world.installation
  const draft = example('issuer')
  const password = { ...draft.spec.auth.password, secretRef: { name } }
  const spec = { ...draft.spec, url: simulator.url, auth: { password }, tls: { caBundle: simulator.caPem } }
  await world.apply(secret(namespace, name, { password: LOGIN.password }), { ...draft, metadata: { name }, spec })
  await world.ready('sectigoclusterissuer', name, undefined, isTrue)
  return { kind: draft.kind, name }
}

const kubectl = (...args: readonly string[]) => world.cluster.kubectl(args)

async function ask(namespace: string, dns: readonly string[], spec: object = {}, annotations: object = {}) {
  const draft = request(namespace, 'asked', (await createCsr({ dns: [...dns] })).pem, { ...spec })
  await world.apply({ ...draft, metadata: { ...draft.metadata, annotations } })
}

/** Waits until the request waits for this; then there is no record, and the operator has written this one word and no other. */
async function notAllowed(namespace: string, words: string): Promise<void> {
  const accept = ({ reason, message }: { reason: string; message: string }) =>
    reason === 'Pending' && message.startsWith('NotAllowed: ') && message.includes(words)
  await world.ready('certificaterequest', 'asked', namespace, accept)
  expect(await world.list<CertificateOrder>('certificateorders', namespace)).toEqual([])
  expect(await operatorCalls(world, { namespace, name: 'asked' })).toEqual(['patch certificaterequests/status'])
}

const issued = (namespace: string) => world.ready('certificaterequest', 'asked', namespace, hasReason('Issued'))

const ordersFor = async (name: string) => (await world.scm.orders()).filter(({ names }) => names.includes(name))

describe.concurrent('an issuer', () => {
  it('serves the namespaces that it selects, and others as soon as they are labelled so', async () => {
    const name = 'selective'
    const issuerRef = { group: 'certwright.dev', ...(await exampleIssuer(name)) }
    const namespace = await world.namespace(name)
    const host = `${namespace}.acme.example`
    await ask(namespace, [host], { issuerRef })
    await notAllowed(namespace, `does not serve namespace "${namespace}"`)
    expect(await ordersFor(host)).toEqual([])
    await kubectl('label', 'namespace', namespace, 'certificates=public')
    await issued(namespace)
    expect(await ordersFor(host)).toHaveLength(1)
  })

  it('orders names of its zones only, and others as soon as it has their zone', async () => {
    const namespace = await readyIssuer(world, 'zones', { allow: { dnsZones: ['acme.example'] } })
    // A zone that SCM has as well, so that it is not SCM that says no.
    const [inside, outside] = [`${namespace}.acme.example`, `${namespace}.example.com`]
    await ask(namespace, [inside, outside])
    await notAllowed(namespace, `spec.allow.dnsZones of SectigoIssuer "scm" has no zone for dns ${outside}.`)
    const zones = { spec: { allow: { dnsZones: ['acme.example', 'example.com'] } } }
    await kubectl('patch', 'sectigoissuer/scm', '--namespace', namespace, '--type=merge', '-p', JSON.stringify(zones))
    await issued(namespace)
    expect(await ordersFor(outside)).toHaveLength(1)
  })

  it('lets a request wait whose annotations set what it does not let them, until they are gone', async ({ expect }) => {
    const namespace = await readyIssuer(world, 'chosen', { overrides: { allow: ['comments'] } })
    const annotations = { 'certwright.dev/term': '90', 'certwright.dev/comment': 'one letter too few' }
    await ask(namespace, [`${namespace}.acme.example`], {}, annotations)
    await notAllowed(namespace, "certwright.dev/term: the issuer's spec.overrides.allow does not list term")
    await kubectl('annotate', 'certificaterequest/asked', '--namespace', namespace, 'certwright.dev/term-')
    await issued(namespace)
    // One that there is not held nothing up, and is told of.
    const told = async () =>
      (await world.list<{ reason: string; message: string }>('events', namespace))
        .filter(({ reason }) => reason === 'UnknownAnnotation')
        .map(({ message }) => message)
    await expect
      .poll(told, { timeout: 60_000, interval: 500 })
      .toEqual([expect.stringContaining('without certwright.dev/comment:')])
  })

  it('orders as the annotations of a Certificate choose, and keeps that on record', async () => {
    const issuer = await exampleIssuer('choosing')
    const namespace = await world.namespace('choosing')
    await kubectl('label', 'namespace', namespace, 'certificates=public')
    const draft = example('certificate')
    const host = `${namespace}.acme.example`
    const spec = { ...draft.spec, dnsNames: [host], issuerRef: { ...draft.spec.issuerRef, ...issuer } }
    await world.apply({ ...draft, metadata: { ...draft.metadata, namespace }, spec })
    await world.ready('certificate', draft.metadata.name, namespace, isTrue)
    const chosen = {
      customFields: [{ name: 'cost-centre', value: '0815' }],
      externalRequester: ['ada@acme.example', 'ops@acme.example'],
      comments: 'Ticket 12',
    }
    const [made] = await world.list<CertificateRequest>('certificaterequests', namespace)
    expect(await ordersFor(host)).toMatchObject([
      {
        term: 90,
        customFields: chosen.customFields,
        externalRequester: chosen.externalRequester.join(', '),
        comments: `certwright:1:${made?.metadata.uid}:1 ${namespace}/${made?.metadata.name} Ticket 12`,
      },
    ])
    const [record] = await world.list<CertificateOrder>('certificateorders', namespace)
    expect(record?.spec).toMatchObject({ target: { term: 90 }, overrides: chosen })
  })
})

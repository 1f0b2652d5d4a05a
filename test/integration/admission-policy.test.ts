// Order records are evidence: with the chart's policy nobody but the operator writes them, whatever their roles allow, and
// nobody deletes an open one, unless its whole namespace goes.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ORDER_SPEC } from '../../src/api/testing/order-samples.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { useCluster } from '../support/cluster.ts'
import { CHART } from '../support/install.ts'
import type { OwnNamespace } from '../support/own-namespace.ts'
import { openPlayground } from './crds-playground.ts'

const CLASS = `policy-${randomUUID().slice(0, 8)}`
const OPERATOR = `system:serviceaccount:${CLASS}:${CLASS}-certwright`
/** Like the operator here, holds every verb on every kind, as administrators and deployment tools often do. */
const ADMINISTRATOR = 'an-administrator'
const ONLY_THE_OPERATOR = /only the operator writes them/
const NOT_BY_HAND = /the operator deletes them when they are of no further use/

const cluster = useCluster()
let playground: OwnNamespace
let namespace: string
beforeAll(async () => {
  playground = await openPlayground()
  namespace = playground.namespace
  const settings = ['--set', `operatorClass=${CLASS}`, '--set', 'crds.enabled=false']
  await cluster.helm(['install', CLASS, CHART, '--namespace', CLASS, '--create-namespace', ...settings])
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: CLASS } }
  await apply({ ...role, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] })
  await cluster.kubectl([
    'create',
    'clusterrolebinding',
    CLASS,
    `--clusterrole=${CLASS}`,
    `--user=${ADMINISTRATOR}`,
    `--user=${OPERATOR}`,
  ])
  // The API server compiles a policy a moment after it took it.
  const refused = () =>
    as(ADMINISTRATOR, record('probe'), '--dry-run=server').then(() => false, said(ONLY_THE_OPERATOR))
  await waitUntil(refused, { what: 'the policy to act', timeoutMs: 120_000 })
})
afterAll(async () => {
  await cluster.helm(['uninstall', CLASS, '--namespace', CLASS])
  await cluster.kubectl([
    'delete',
    `clusterrole/${CLASS}`,
    `clusterrolebinding/${CLASS}`,
    `namespace/${CLASS}`,
    '--wait=false',
  ])
  await playground[Symbol.asyncDispose]()
})

const said = (what: RegExp) => (error: unknown) => what.test(String(error))
const record = (name: string, operatorClass = CLASS) => ({
  apiVersion: 'certwright.dev/v1alpha1',
  kind: 'CertificateOrder',
  metadata: { name, namespace },
  spec: { ...ORDER_SPEC, operatorClass },
})

const apply = (object: object) => cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) })

/** Creates an object as somebody. */
const as = (user: string, object: object, ...flags: readonly string[]) =>
  cluster.kubectl(['create', `--as=${user}`, '-f', '-', ...flags], { input: JSON.stringify(object) })

const patch = (user: string, name: string, change: object, ...flags: readonly string[]) =>
  cluster.kubectl([
    'patch',
    `certificateorder/${name}`,
    '-n',
    namespace,
    `--as=${user}`,
    '--type=merge',
    '-p',
    JSON.stringify(change),
    ...flags,
  ])

const remove = (user: string, name: string) =>
  cluster.kubectl(['delete', `certificateorder/${name}`, '-n', namespace, `--as=${user}`])

describe('rule 10: the admission policy', () => {
  it('lets the operator write a record, and nobody else', async () => {
    await as(OPERATOR, record('own'))
    await patch(OPERATOR, 'own', { status: { phase: 'Open' } }, '--subresource=status')
    await expect(as(ADMINISTRATOR, record('forged'))).rejects.toThrow(ONLY_THE_OPERATOR)
    await expect(patch(ADMINISTRATOR, 'own', { metadata: { labels: { a: 'b' } } })).rejects.toThrow(ONLY_THE_OPERATOR)
    const issued = { status: { phase: 'Issued' } }
    await expect(patch(ADMINISTRATOR, 'own', issued, '--subresource=status')).rejects.toThrow(ONLY_THE_OPERATOR)
  })

  it('keeps an open record from everybody, and an ended one from everybody but the operator', async () => {
    await as(OPERATOR, record('kept'))
    await expect(remove(ADMINISTRATOR, 'kept')).rejects.toThrow(NOT_BY_HAND)
    await expect(remove(OPERATOR, 'kept')).rejects.toThrow(NOT_BY_HAND)
    await patch(OPERATOR, 'kept', { status: { phase: 'Failed' } }, '--subresource=status')
    await expect(remove(ADMINISTRATOR, 'kept')).rejects.toThrow(NOT_BY_HAND)
    await remove(OPERATOR, 'kept')
  })

  it('lets a namespace go with all that is in it', async () => {
    const going = `${namespace}-going`
    await cluster.kubectl(['create', 'namespace', going])
    const open = record('open')
    await as(OPERATOR, { ...open, metadata: { ...open.metadata, namespace: going } })
    await cluster.kubectl(['delete', 'namespace', going, '--wait', '--timeout=60s'])
  })

  it('leaves the records of another installation to that one’s policy', async () => {
    await as(ADMINISTRATOR, record('foreign', `${CLASS}-other`))
    await remove(ADMINISTRATOR, 'foreign')
  })
})

// What the operator may do is what it does: judged by the API server's audit log of everything that the end-to-end tests made it
// do. Hence the last file of all (vitest.config.ts); alone it finds permissions that nobody has used yet.
import { beforeAll, expect, it } from 'vitest'
import { parseManifests } from '../chart/helm.ts'
import { type HeldRole, rolesOf } from '../chart/manifests.ts'
import { type AuditEvent, callsOf } from '../support/audit.ts'
import { RELEASE } from './evidence.ts'
import { useWorld } from './world.ts'

/** One verb on one resource in one scope. */
interface Grant {
  readonly verb: string
  readonly group: string
  /** With its subresource: `certificateorders/status`. */
  readonly resource: string
  /** Undefined: every name. */
  readonly names: readonly string[] | undefined
  /** A namespace, or `*` for the whole cluster. */
  readonly scope: string
}

let grants: readonly Grant[]
let calls: readonly AuditEvent[]
beforeAll(async () => {
  const { cluster, installation } = useWorld()
  const { stdout } = await cluster.helm(['get', 'manifest', RELEASE, '--namespace', installation.namespace])
  grants = rolesOf(RELEASE, parseManifests(stdout)).flatMap(grantsOf)
  calls = await callsOf(cluster, { namespace: installation.namespace, name: RELEASE })
})

function grantsOf({ rules, in: scope }: HeldRole): readonly Grant[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames: names, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource, names, scope }))),
    ),
  )
}

const resourceOf = ({ objectRef }: AuditEvent): string =>
  [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/')

const sameKind = (one: Grant, other: Grant): boolean =>
  one.verb === other.verb && one.group === other.group && one.resource === other.resource

/** Did this call need the grant? What is granted everywhere is needed only where no role of one namespace grants it too. */
function needed(grant: Grant, call: AuditEvent): boolean {
  const { apiGroup, name = '', namespace = '' } = call.objectRef ?? {}
  if (call.verb !== grant.verb || apiGroup !== grant.group || resourceOf(call) !== grant.resource) return false
  if (grant.names !== undefined && !grant.names.includes(name)) return false
  if (grant.scope !== '*') return namespace === grant.scope
  return !grants.some((other) => other.scope === namespace && sameKind(grant, other))
}

const sentence = ({ verb, group, resource, names = [], scope }: Grant): string =>
  [verb, `${group}/${resource}`, ...names, 'in', scope].join(' ')

it('the operator was never refused anything', () => {
  const refused = calls.filter(({ responseStatus }) => [401, 403].includes(responseStatus?.code ?? 0))
  expect(refused.map((call) => `${call.verb} ${resourceOf(call)} in ${call.objectRef?.namespace ?? '*'}`)).toEqual([])
})

it('the operator has used everything that the chart lets it do', () => {
  const unused = grants.filter((grant) => !calls.some((call) => needed(grant, call)))
  const hint = 'granted and never used; only all test files together use everything: npm test -- e2e'
  expect(grants.length).toBeGreaterThan(0)
  expect(unused.map(sentence), hint).toEqual([])
})

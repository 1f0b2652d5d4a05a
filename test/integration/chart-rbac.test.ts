// Who may do what once the chart is installed: least privilege, stated permission by permission.
import { describe, expect, inject, it } from 'vitest'
import { render } from '../chart/helm.ts'
import { isBinding, isRole, permissions, rolesOf } from '../chart/manifests.ts'
import { BARE, EVERYTHING } from '../chart/value-sets.ts'

const binaries = inject('binaries')

describe('the operator’s permissions', () => {
  it('are these, by default', async () => {
    const roles = rolesOf('certwright', await render({ binaries }))
    const inCluster = roles.filter((role) => role.in === '*')
    const inOwnNamespace = roles.filter((role) => role.in === 'certwright-system')
    expect(permissions(inCluster)).toMatchInlineSnapshot(`
      [
        "create certwright.dev/certificateorders",
        "create events.k8s.io/events",
        "delete certwright.dev/certificateorders",
        "get /configmaps",
        "get /secrets",
        "get certwright.dev/certificateorders",
        "list /namespaces",
        "list cert-manager.io/certificaterequests",
        "list certwright.dev/certificateorders",
        "list certwright.dev/sectigoclusterissuers",
        "list certwright.dev/sectigoissuers",
        "patch cert-manager.io/certificaterequests/status",
        "patch certwright.dev/certificateorders/status",
        "patch certwright.dev/sectigoclusterissuers/status",
        "patch certwright.dev/sectigoissuers/status",
        "patch events.k8s.io/events",
        "watch /namespaces",
        "watch cert-manager.io/certificaterequests",
        "watch certwright.dev/certificateorders",
        "watch certwright.dev/sectigoclusterissuers",
        "watch certwright.dev/sectigoissuers",
      ]
    `)
    expect(permissions(inOwnNamespace)).toMatchInlineSnapshot(`
      [
        "create coordination.k8s.io/leases",
        "get /configmaps",
        "get /secrets",
        "get coordination.k8s.io/leases certwright",
        "list /secrets",
        "patch coordination.k8s.io/leases certwright",
        "watch /secrets",
      ]
    `)
    expect(roles).toHaveLength(inCluster.length + inOwnNamespace.length)
  })

  it('to read Secrets end at the credential namespaces when they are to', async () => {
    const roles = rolesOf('issuer', await render({ binaries, values: EVERYTHING }))
    const readers = roles.filter((role) => role.rules.some((rule) => rule.resources.includes('secrets')))
    const own = readers.filter((role) => role.in === 'default')
    const further = readers.filter((role) => role.in !== 'default')
    expect(permissions(own)).toEqual(['get /configmaps', 'get /secrets', 'list /secrets', 'watch /secrets'])
    expect(further.map((role) => role.in)).toEqual(['kube-system'])
    // The operator watches the cluster resource namespace only, so more than `get` would never be used here.
    expect(permissions(further)).toEqual(['get /configmaps', 'get /secrets'])
  })

  it('name no namespace twice: what holds everywhere needs no credential namespaces', async () => {
    const values = { secretAccess: { allNamespaces: true, credentialNamespaces: ['kube-system'] } }
    const roles = rolesOf('certwright', await render({ binaries, values }))
    expect([...new Set(roles.map((role) => role.in))].toSorted()).toEqual(['*', 'certwright-system'])
  })

  it('follow the Lease to its namespace and to the name of the class', async () => {
    const roles = rolesOf('issuer', await render({ binaries, values: EVERYTHING }))
    const holders = roles.filter((role) => role.rules.some((rule) => rule.resources.includes('leases')))
    expect(holders.map((role) => role.in)).toEqual(['kube-public'])
    expect(permissions(holders)).toContain('patch coordination.k8s.io/leases certwright-blue')
  })

  it('are nothing at all when the chart is not to create any', async () => {
    const manifests = await render({ binaries, values: BARE })
    expect(manifests.filter((manifest) => isRole(manifest) || isBinding(manifest))).toEqual([])
  })
})

describe('the permissions of others', () => {
  it('let cert-manager, and nobody else, approve for these issuers', async () => {
    const manifests = await render({ binaries, values: { rbac: { aggregateClusterRoles: false } } })
    const approving = manifests
      .filter(isRole)
      .filter((role) => role.rules.some((rule) => rule.verbs.includes('approve')))
    expect(permissions(approving)).toEqual([
      'approve cert-manager.io/signers sectigoissuers.certwright.dev/*,sectigoclusterissuers.certwright.dev/*',
    ])
    const bindings = manifests
      .filter(isBinding)
      .filter((binding) => binding.roleRef.name === approving[0]?.metadata.name)
    expect(bindings.flatMap((binding) => binding.subjects)).toEqual([
      { kind: 'ServiceAccount', name: 'cert-manager', namespace: 'cert-manager' },
    ])
  })

  it('let nobody but the operator write an order', async () => {
    const manifests = await render({ binaries })
    const people = manifests.filter(isRole).filter((role) => /-(view|edit)$/.test(role.metadata.name))
    expect(people).toHaveLength(3)
    expect(permissions(people).filter((permission) => permission.includes('certificateorders'))).toEqual([
      'get certwright.dev/certificateorders',
      'list certwright.dev/certificateorders',
      'watch certwright.dev/certificateorders',
    ])
    const editors = people.filter((role) => permissions([role]).some((permission) => permission.startsWith('update')))
    expect(editors.map((role) => role.metadata.name)).toEqual(['certwright-edit'])
    expect(editors[0]?.metadata.labels).not.toHaveProperty(['rbac.authorization.k8s.io/aggregate-to-view'])
  })
})

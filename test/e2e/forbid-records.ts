// A policy of the cluster's owner by which no order record can be made in a namespace, as policy engines have them.
import { resourceOf } from '../support/resource-of.ts'
import type { ContractWorld } from './contract-world.ts'

/** Resolves when the API server obeys; what it gives takes the policy back. */
export async function forbidRecords(
  { world, client, until }: Pick<ContractWorld, 'world' | 'client' | 'until'>,
  namespace: string,
): Promise<() => Promise<void>> {
  const metadata = { name: `forbid-${namespace}` }
  const shared = { apiVersion: 'admissionregistration.k8s.io/v1', metadata }
  const resources = ['certificateorders', 'configmaps']
  const resourceRules = [{ apiGroups: ['certwright.dev', ''], apiVersions: ['*'], operations: ['CREATE'], resources }]
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  const validations = [{ expression: 'false', message: 'no record here' }]
  await world.apply(
    {
      ...shared,
      kind: 'ValidatingAdmissionPolicy',
      spec: { matchConstraints: { namespaceSelector, resourceRules }, validations },
    },
    {
      ...shared,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    },
  )
  let probes = 0
  await until('the policy to be obeyed', async () => {
    const draft = { metadata: { name: `probe-${probes++}`, namespace } }
    const refused = client.create(resourceOf('', 'v1', 'ConfigMap'), draft, { fieldManager: 'certwright-contract' })
    return refused.then(
      () => false,
      (error: Error) => error.message.includes('no record here'),
    )
  })
  return async () => {
    const kinds = 'validatingadmissionpolicies,validatingadmissionpolicybindings'
    await world.cluster.kubectl(['delete', kinds, metadata.name])
  }
}

// The cluster that every other test here trusts: cert-manager works in it and RBAC is real.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attachCluster } from '../cluster/cluster.ts'
import { useCluster } from '../support/cluster.ts'

const cluster = useCluster()
const namespace = `cluster-${randomUUID().slice(0, 8)}`

beforeAll(() => cluster.kubectl(['create', 'namespace', namespace]))
afterAll(() => cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']))

describe('the cluster', () => {
  it('has a cert-manager that issues', async () => {
    const input = `
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: own, namespace: ${namespace}}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: own, namespace: ${namespace}}
spec: {secretName: own, dnsNames: [own.example], issuerRef: {name: own}}
`
    await cluster.kubectl(['apply', '-f', '-'], { input })
    await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'certificate/own', '--timeout=30s'])
    const secret = await cluster.kubectl(['-n', namespace, 'get', 'secret', 'own', '-o', 'jsonpath={.data.tls\\.crt}'])
    expect(Buffer.from(secret.stdout, 'base64').toString()).toContain('BEGIN CERTIFICATE')
  })

  it('lets a ServiceAccount do what RBAC grants it and no more', async () => {
    await cluster.kubectl(['-n', namespace, 'create', 'serviceaccount', 'reader'])
    await cluster.kubectl(['-n', namespace, 'create', 'role', 'reader', '--verb=list', '--resource=configmaps'])
    const account = `--serviceaccount=${namespace}:reader`
    await cluster.kubectl(['-n', namespace, 'create', 'rolebinding', 'reader', '--role=reader', account])
    const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'reader')
    const reader = attachCluster({ ...cluster, kubeconfig })
    // Without naming the namespace: it comes with the ServiceAccount, as in a Pod.
    expect((await reader.kubectl(['get', 'configmaps', '-o', 'name'])).stdout).toContain('kube-root-ca.crt')
    await expect(reader.kubectl(['get', 'secrets'])).rejects.toThrow(`system:serviceaccount:${namespace}:reader`)
  })

  it('says on failure what kubectl said', async () => {
    await expect(cluster.kubectl(['get', 'pod', 'nobody'])).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('pods "nobody" not found'),
    })
  })
})

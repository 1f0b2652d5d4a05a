// An issuer in its usual state, as the API server would give it back, for tests that say only what differs.
import type { SectigoIssuer } from '../../src/api/sectigo-issuer.ts'

export interface IssuerOptions {
  readonly name: string
  /** Absent: a SectigoClusterIssuer. */
  readonly namespace?: string
  readonly spec: Pick<SectigoIssuer['spec'], 'url'> & Partial<SectigoIssuer['spec']>
}

/** A never checked issuer for SSL certificates that logs in with the password of the Secret `scm`. */
export function uncheckedIssuer({ name, namespace, spec }: IssuerOptions): SectigoIssuer {
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: namespace === undefined ? 'SectigoClusterIssuer' : 'SectigoIssuer',
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-23T12:00:00Z',
      ...(namespace === undefined ? {} : { namespace }),
    },
    spec: {
      auth: {
        password: {
          customerUri: 'acme',
          login: 'api',
          secretRef: { name: 'scm', passwordKey: 'password', loginKey: 'login' },
        },
      },
      orgId: 8928,
      ssl: { profile: { name: 'OV SSL' }, term: { policy: 'Nearest' }, subjectAltNames: 'ExcludeCommonName' },
      limits: { requestsPerSecond: 100, concurrentRequests: 4 },
      budget: { ordersPerDay: 500, perNamespacePerDay: 50, openOrders: 200 },
      deadlines: { processing: '168h', approval: '168h' },
      onRequestDeleted: 'Keep',
      includeCA: true,
      ...spec,
    },
  }
}

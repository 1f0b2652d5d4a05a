// What an end-to-end test works with: the cluster, the simulator's control, and resources in few words.
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import type { CertificateOrder } from '../../src/api/certificate-order.ts'
import type { CertificateRequest } from '../../src/api/certificate-request.ts'
import type { SectigoIssuer } from '../../src/api/sectigo-issuer.ts'
import type { Condition, KubeObject } from '../../src/kube/resource.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import type { Control } from '../simulators/sectigo/control.ts'
import { createControlClient } from '../simulators/sectigo/control-client.ts'
import type { Simulator } from '../simulators/sectigo/simulator.ts'
import { useCluster } from '../support/cluster.ts'

/** A release of the chart and the simulator that its issuers point at. */
export interface Installation {
  readonly namespace: string
  readonly simulator: Pick<Simulator, 'origin' | 'url' | 'tokenUrl' | 'controlToken' | 'caPem' | 'rootPem'>
}

/** What test/e2e/global-setup.ts has set up. */
export interface SharedInstallation extends Installation {
  readonly healthUrl: string
  readonly metricsUrl: string
}

declare module 'vitest' {
  interface ProvidedContext {
    installation: SharedInstallation
  }
}

/** The account of the simulator that may do everything. */
export const LOGIN = { customerUri: 'acme', login: 'api-user', password: 'Simulated-Password-1!' }
export const CLIENT = { clientId: 'api-client', clientSecret: 'simulated-client-secret-1' }
export const ORGANIZATION = 8928
export const SSL_PROFILE = 'OV SSL 199'
export const DEVICE_PROFILE = 'Private CA'
export const CLIENT_PROFILE = 'Private S/MIME'

const PATIENCE_MS = 120_000

type Draft = Pick<KubeObject, 'apiVersion' | 'kind'> & { readonly metadata: object; readonly [field: string]: unknown }

export interface World {
  readonly cluster: Cluster
  readonly installation: Installation
  readonly scm: Control
  /** A new namespace, its name beginning with `name`. */
  namespace(name: string): Promise<string>
  apply(...objects: readonly Draft[]): Promise<void>
  /** Undefined when it is not there. */
  get<T>(kind: string, name: string, namespace?: string): Promise<T | undefined>
  list<T>(kind: string, namespace: string): Promise<readonly T[]>
  /** Waits until the object has a Ready condition that `accept` takes; the condition. */
  ready(
    kind: string,
    name: string,
    namespace: string | undefined,
    accept: (condition: Condition) => boolean,
  ): Promise<Condition>
}

/** The world of the release, simulator and operator that test/e2e/global-setup.ts has set up for all. */
export type SharedWorld = World & { readonly installation: SharedInstallation }

export function useWorld(): SharedWorld {
  const installation = inject('installation')
  const { origin, controlToken, caPem } = installation.simulator
  const scm = createControlClient({ origin, token: controlToken, caPem })
  return { ...worldOf(useCluster(), installation, scm), installation }
}

export function worldOf(cluster: Cluster, installation: Installation, scm: Control): World {
  const inNamespace = (namespace?: string): string[] => (namespace === undefined ? [] : ['--namespace', namespace])
  const world: World = {
    cluster,
    installation,
    scm,
    async namespace(name) {
      const unique = `${name}-${randomUUID().slice(0, 6)}`
      await cluster.kubectl(['create', 'namespace', unique])
      return unique
    },
    async apply(...objects) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      await cluster.kubectl(['apply', '-f', '-'], { input })
    },
    async get<T>(kind: string, name: string, namespace?: string) {
      const { stdout } = await cluster.kubectl([
        'get',
        kind,
        name,
        ...inNamespace(namespace),
        '--ignore-not-found',
        '-o',
        'json',
      ])
      return stdout === '' ? undefined : (JSON.parse(stdout) as T)
    },
    async list<T>(kind: string, namespace: string) {
      const { stdout } = await cluster.kubectl(['get', kind, '--namespace', namespace, '-o', 'json'])
      return (JSON.parse(stdout) as { items: T[] }).items
    },
    async ready(kind, name, namespace, accept) {
      let last: Condition | undefined
      const ask = async (): Promise<Condition | undefined> => {
        const object = await world.get<{ status?: { conditions?: Condition[] } }>(kind, name, namespace)
        last = object?.status?.conditions?.find(({ type }) => type === 'Ready')
        return last !== undefined && accept(last) ? last : undefined
      }
      const what = `${kind} ${name} to be as expected`
      return waitUntil(ask, { what, timeoutMs: PATIENCE_MS }).catch((error: unknown) => {
        throw new Error(`${what}; its Ready condition is ${JSON.stringify(last)}`, { cause: error })
      })
    },
  }
  return world
}

export const isTrue = ({ status }: Condition): boolean => status === 'True'
export const hasReason =
  (reason: string) =>
  (condition: Condition): boolean =>
    condition.reason === reason

export function secret(namespace: string, name: string, values: Readonly<Record<string, string>>): Draft {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData: values }
}

/** An issuer for SSL certificates by password, whose Secret is `scm`; `spec` replaces what differs. */
export function issuer(
  { installation }: World,
  at: { readonly name: string; readonly namespace?: string },
  spec: Readonly<Record<string, unknown>> = {},
): Draft {
  const { url, caPem } = installation.simulator
  const { customerUri, login } = LOGIN
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: at.namespace === undefined ? 'SectigoClusterIssuer' : 'SectigoIssuer',
    metadata: at,
    spec: {
      url,
      auth: { password: { customerUri, login, secretRef: { name: 'scm' } } },
      orgId: ORGANIZATION,
      ssl: { profile: { name: SSL_PROFILE } },
      tls: { caBundle: caPem },
      ...spec,
    },
  }
}

/** A namespace with the Secret `scm` and a Ready issuer `scm` in it. */
export async function readyIssuer(
  world: World,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const namespace = await world.namespace(name)
  await world.apply(
    secret(namespace, 'scm', { password: LOGIN.password }),
    issuer(world, { name: 'scm', namespace }, spec),
  )
  await world.ready('sectigoissuer', 'scm', namespace, isTrue)
  return namespace
}

export function certificate(
  namespace: string,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
  issuerRef: { readonly kind: string; readonly name: string } = { kind: 'SectigoIssuer', name: 'scm' },
): Draft {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { namespace, name },
    spec: {
      secretName: `${name}-tls`,
      dnsNames: [`${name}.acme.example`],
      privateKey: { algorithm: 'ECDSA', size: 256 },
      issuerRef: { group: 'certwright.dev', ...issuerRef },
      ...spec,
    },
  }
}

/** A bare request, as csi-driver or a person makes it. */
export function request(
  namespace: string,
  name: string,
  csrPem: string,
  spec: Readonly<Record<string, unknown>> = {},
): Draft {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { namespace, name },
    spec: {
      request: Buffer.from(csrPem).toString('base64'),
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' },
      ...spec,
    },
  }
}

export type { CertificateOrder, CertificateRequest, SectigoIssuer }

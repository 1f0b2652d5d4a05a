// One request for a certificate in a namespace of its own, and what SCM, its record and its status say of it.
import { expect } from 'vitest'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { OrderSummary } from '../../simulators/sectigo/control.ts'
import { createCsr } from '../../support/pki.ts'
import {
  type CertificateOrder,
  type CertificateRequest,
  DEVICE_PROFILE,
  isTrue,
  request,
  SSL_PROFILE,
} from '../world.ts'
import type { OwnRelease } from './own-release.ts'

export const PRODUCTS = ['ssl', 'device'] as const
export type Product = (typeof PRODUCTS)[number]

const PRODUCT_SPEC = {
  ssl: { ssl: { profile: { name: SSL_PROFILE } } },
  device: { ssl: undefined, device: { profile: { name: DEVICE_PROFILE } } },
} as const

/** Longer than anything that is waited for here, for what must not happen before. */
export const LATE_MS = 120_000

/** The simulator's faults match by it. */
export const enrolment = (product: Product) => ({ method: 'POST', path: `/api/${product}/v1/enroll` })

export type Asked = Awaited<ReturnType<typeof readyToAsk>>

/** A namespace with a Ready issuer for `product`, from which a certificate can be asked for. An operator must run. */
export async function readyToAsk(
  release: OwnRelease,
  product: Product,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
) {
  const { world, simulator } = release
  const namespace = await release.readyIssuer(name, { ...PRODUCT_SPEC[product], ...spec })
  const dnsName = `${namespace}.acme.example`
  const condition = (accept: Parameters<typeof world.ready>[3]) =>
    world.ready('certificaterequest', name, namespace, accept)
  const asked = {
    product,
    name,
    namespace,
    dnsName,
    async ask(): Promise<void> {
      const { pem } = await createCsr({ commonName: dnsName, dns: [dnsName] })
      await world.apply(request(namespace, name, pem))
    },
    request: () => world.get<CertificateRequest>('certificaterequest', name, namespace),
    /** What SCM holds of it, oldest first. */
    async orders(): Promise<readonly OrderSummary[]> {
      return (await simulator.control.orders()).filter(({ names }) => names.includes(dnsName))
    },
    records: () => world.list<CertificateOrder>('certificateorders', namespace),
    /** The one record; undefined while there is none. */
    async record(): Promise<CertificateOrder | undefined> {
      const [record, ...more] = await asked.records()
      expect(more).toEqual([])
      return record
    },
    /** Waits until SCM has the order. */
    stored: (): Promise<OrderSummary> =>
      waitUntil(async () => (await asked.orders())[0], { what: 'SCM to store the order', timeoutMs: LATE_MS }),
    issued: () => condition(isTrue),
    /** Waits until the request says these words and is not given up. */
    pending: (words: string) =>
      condition(({ reason, message }) => {
        expect(reason).not.toBe('Failed')
        return reason === 'Pending' && message.includes(words)
      }),
  }
  return asked
}

/** For ssl and for device, at the same time. */
export async function readyToAskBoth(release: OwnRelease, name: string): Promise<readonly Asked[]> {
  return Promise.all(PRODUCTS.map((product) => readyToAsk(release, product, name)))
}

/** One order at SCM, and a record that says the same of it as SCM. `attempts` is what the record must tell of them. */
export async function expectOneOrder({ orders, record }: Asked, attempts: readonly object[]): Promise<void> {
  const placed = await orders()
  expect(placed).toHaveLength(1)
  const { spec, status } = (await record()) ?? {}
  expect(`${placed[0]?.comments} `).toContain(`${spec?.marker}:${attempts.length} `)
  expect(status).toMatchObject({
    phase: 'Issued',
    remote: { id: String(placed[0]?.id), state: 'Issued' },
    serial: placed[0]?.serialNumber?.toUpperCase(),
    attempts,
  })
}

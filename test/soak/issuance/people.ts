// The people of a soak who make, change, renew and delete Certificates.
import { setTimeout as sleep } from 'node:timers/promises'
import { certificateRequests } from '../../../src/api/certificate-request.ts'
import type { Chance } from './chance.ts'
import type { Ground } from './ground.ts'
import { type Certificate, certificates, fieldManager, insist, secrets } from './resources.ts'
import { ISSUER, TENANTS, type Tenant } from './tenants.ts'

/** Of each tenant; from then on one must go before another comes. */
const MOST_CERTIFICATES = 8
/** One for a beginning, so that there is something to change. */
const FIRST_CERTIFICATES = 3
const MOST_NAMES = 3
/** Between two things that somebody does. */
const PAUSES_MS = [500, 3_000] as const

/** SCM's shortest term of a device certificate, and how long before its issue it begins. */
const TERM_SECONDS = 30 * 24 * 3_600
const BACKDATED_SECONDS = 5 * 60
/** cert-manager renews so long after the issue, because `renewBefore` is that much shorter than the certificate. */
const RENEWED_AFTER_SECONDS = [40, 90] as const

export class People {
  /** What they have done, and how often. */
  readonly done = new Map<string, number>()
  readonly #ground: Ground
  readonly #chance: Chance
  /** Keys that are there, by tenant. */
  readonly #names = new Map<Tenant, string[]>(TENANTS.map((tenant) => [tenant, []]))
  #made = 0

  constructor(ground: Ground, chance: Chance) {
    this.#ground = ground
    this.#chance = chance
  }

  async begin(): Promise<void> {
    for (const tenant of TENANTS) for (let n = 0; n < FIRST_CERTIFICATES; n++) await this.#create(tenant)
  }

  async keepBusy(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#act()
      await sleep(this.#chance.between(...PAUSES_MS), undefined, { signal }).catch(() => undefined)
    }
  }

  /** From now on no certificate is renewed because of its age. */
  async stopRenewals(): Promise<void> {
    const { client } = this.#ground
    for (const [{ namespace }, names] of this.#names) {
      const patch = { spec: { renewBefore: null } } as unknown as Partial<Certificate>
      for (const name of names) {
        await insist(() => client.mergePatch(certificates, { name, namespace }, patch, { fieldManager }))
      }
    }
  }

  async #act(): Promise<void> {
    const tenant = this.#chance.oneOf(TENANTS)
    const name = this.#chance.anyOf(this.#names.get(tenant) ?? [])
    const create = this.#create
    const acts = [create, create, this.#rename, this.#renew, this.#loseSecret, this.#dropRequest, this.#delete] as const
    const act = name === undefined ? create : this.#chance.oneOf(acts)
    await act.call(this, tenant, name ?? '')
  }

  async #create(tenant: Tenant): Promise<void> {
    const names = this.#names.get(tenant) ?? []
    if (names.length >= MOST_CERTIFICATES) return
    const { namespace, issuerKind, privateKey, isRenewed } = tenant
    const name = `c${++this.#made}`
    const after = Math.round(this.#chance.between(...RENEWED_AFTER_SECONDS))
    const soon = { duration: `${TERM_SECONDS}s`, renewBefore: `${TERM_SECONDS - BACKDATED_SECONDS - after}s` }
    const spec = {
      secretName: name,
      dnsNames: this.#namesFor(name),
      privateKey,
      issuerRef: { group: 'certwright.dev', kind: issuerKind, name: ISSUER },
      ...(isRenewed ? soon : {}),
    }
    await insist(() =>
      this.#ground.client.create(certificates, { metadata: { name, namespace }, spec }, { fieldManager }),
    )
    names.push(name)
    this.#count('created')
  }

  async #rename({ namespace }: Tenant, name: string): Promise<void> {
    const patch = { spec: { dnsNames: this.#namesFor(name) } } as unknown as Partial<Certificate>
    await insist(() => this.#ground.client.mergePatch(certificates, { name, namespace }, patch, { fieldManager }))
    this.#count('names changed')
  }

  /** What `cmctl renew` does. */
  async #renew({ namespace }: Tenant, name: string): Promise<void> {
    const { client } = this.#ground
    const ref = { name, namespace }
    await insist(async () => {
      const certificate = await client.get(certificates, ref)
      const { resourceVersion, generation = 1 } = certificate.metadata
      const issuing = {
        type: 'Issuing',
        status: 'True',
        reason: 'ManuallyTriggered',
        message: 'Certificate re-issuance manually triggered',
        lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''),
        observedGeneration: generation,
      } as const
      const others = (certificate.status?.conditions ?? []).filter(({ type }) => type !== 'Issuing')
      const patch = { metadata: { resourceVersion }, status: { conditions: [...others, issuing] } }
      await client.mergePatch(certificates, ref, patch, { fieldManager, subresource: 'status' })
    })
    this.#count('renewed by hand')
  }

  async #loseSecret({ namespace }: Tenant, name: string): Promise<void> {
    await insist(() => this.#ground.client.delete(secrets, { name, namespace }))
    this.#count('Secret deleted')
  }

  /** cert-manager makes another one for the same need; with a key that stays, its CSR is the same. */
  async #dropRequest({ namespace }: Tenant, name: string): Promise<void> {
    const { client } = this.#ground
    await insist(async () => {
      const { items } = await client.list(certificateRequests, { namespace })
      const open = items.find(
        (request) =>
          request.metadata.annotations?.['cert-manager.io/certificate-name'] === name &&
          request.status?.certificate === undefined,
      )
      if (open === undefined) return
      await client.delete(certificateRequests, { name: open.metadata.name, namespace })
      this.#count('open request deleted')
    })
  }

  async #delete(tenant: Tenant, name: string): Promise<void> {
    const { namespace } = tenant
    const names = this.#names.get(tenant) ?? []
    names.splice(names.indexOf(name), 1)
    await insist(() => this.#ground.client.delete(certificates, { name, namespace }))
    await insist(() => this.#ground.client.delete(secrets, { name, namespace }))
    this.#count('deleted')
  }

  /** Never the same ones twice. */
  #namesFor(name: string): readonly string[] {
    const count = Math.ceil(this.#chance.between(0, MOST_NAMES))
    return Array.from({ length: count }, () => `${name}-${++this.#made}.acme.example`)
  }

  #count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1)
  }
}

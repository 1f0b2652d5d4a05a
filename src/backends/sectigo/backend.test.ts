import { describe, expect, it } from 'vitest'
import type { CertificateBackend } from '../backend.ts'
import { createSectigoBackend } from './backend.ts'
import { type LocalServer, sendJson, startServer } from './testing/local-server.ts'
import { openTransport, settingsAt } from './testing/open-transport.ts'
import { csrWith, identity } from './testing/scripted-caller.ts'

interface Issuer {
  readonly backend: CertificateBackend
  readonly server: LocalServer
  /** Ranks of granted slots, and how many are held now. */
  readonly slots: { ranks: number[]; held: number }
}

async function issuer(acquire: () => Promise<void> = async () => {}): Promise<Issuer> {
  const server = await startServer(({ url }, response) => {
    if (url.endsWith('/enroll')) sendJson(response, 200, { sslId: 812, renewId: 'r' })
    else if (url.includes('/collect/')) response.end('-----BEGIN CERTIFICATE-----')
    else if (url.includes('/report/')) sendJson(response, 403, { code: -37 })
    else if (url.startsWith('/api/ssl/v1?')) sendJson(response, 200, [{ sslId: 812 }])
    else sendJson(response, 200, { status: 'SA Approved', comments: `${identity.marker}:1` })
  })
  const slots = { ranks: [] as number[], held: 0 }
  const transport = openTransport(server)
  // As after the issuer's check.
  transport.credential.accept(transport)
  const backend = createSectigoBackend({
    transport,
    settings: settingsAt(server),
    account: 'account',
    slots: {
      async acquire({ rank }) {
        await acquire()
        slots.ranks.push(rank)
        slots.held++
        return () => void slots.held--
      },
    },
  })
  return { backend, server, slots }
}

const signal = new AbortController().signal
const remote = { id: '812', attributes: {} }
const made = { after: 0, before: 1 }
const targetAt = (endpoint: string) => ({
  endpoint,
  tenant: 'cst325',
  product: 'ssl',
  organization: '8928',
  profile: '5170',
  term: 90,
})

describe('the backend', () => {
  it('places, follows, fetches and finds an order, each call within a slot', async () => {
    const { backend, server, slots } = await issuer()
    const target = targetAt(server.url)
    const submission = {
      target,
      csr: csrWith({ commonName: 'cn' }),
      identity,
      attempt: 1,
      note: 'prod shop/web-1',
      mayBegin: () => true,
    }
    expect(await backend.submit(submission)).toEqual({
      outcome: 'accepted',
      remote: { id: '812', attributes: { renewId: 'r' } },
    })
    expect(await backend.look({ target, remote, identity }, { signal })).toEqual({
      phase: 'awaitingApproval',
      word: 'SA Approved',
      todo: 'an SCM administrator approves or declines it under Certificates, SSL Certificates',
      ours: 'yes',
    })
    await backend.look({ target, remote, identity }, { signal })
    expect(await backend.fetch({ target, remote }, { signal })).toMatchObject({ outcome: 'ready' })
    expect(
      await backend.find({ target, identity, csr: submission.csr, made, mustSee: false }, { signal }),
    ).toMatchObject({
      candidates: [{ remote, match: 'marker' }],
    })
    // Enrol, first look, second look, fetch; report, list and details of find.
    expect(slots).toEqual({ ranks: [0, 1, 2, 0, 3, 3, 3], held: 0 })
  })

  it('lets everything else go first when nobody waits for the answer', async () => {
    const { backend, server, slots } = await issuer()
    const target = targetAt(server.url)
    await backend.find(
      { target, identity, csr: csrWith({ commonName: 'cn' }), made, mustSee: false },
      { signal, whenIdle: true },
    )
    expect(slots.ranks).toEqual([4, 4, 4])
  })

  it('sends nothing to another place than the order belongs to', async () => {
    const { backend, server } = await issuer()
    for (const elsewhere of [
      targetAt('https://cert-manager.com/api'),
      { ...targetAt(server.url), tenant: 'other' },
      { ...targetAt(server.url), product: 'device' },
    ]) {
      const submission = {
        target: elsewhere,
        csr: csrWith(),
        identity,
        attempt: 1,
        note: 'prod shop/web-1',
        mayBegin: () => true,
      }
      expect(await backend.submit(submission)).toMatchObject({ outcome: 'refused', refusal: { cause: 'issuer' } })
      await expect(backend.look({ target: elsewhere, remote, identity }, { signal })).rejects.toThrow('the order')
      await expect(backend.fetch({ target: elsewhere, remote }, { signal })).rejects.toThrow('the order')
      const lost = { target: elsewhere, identity, csr: csrWith(), made, mustSee: false }
      await expect(backend.find(lost, { signal })).rejects.toThrow('the order')
    }
    expect(server.received).toHaveLength(0)
  })

  it('has sent nothing when its turn never came, or came too late', async () => {
    const refused = await issuer(() => Promise.reject(new Error('draining')))
    const late = await issuer()
    for (const [{ backend, server }, mayBegin] of [
      [refused, true],
      [late, false],
    ] as const) {
      const submission = {
        target: targetAt(server.url),
        csr: csrWith(),
        identity,
        attempt: 1,
        note: '',
        mayBegin: () => mayBegin,
      }
      expect(await backend.submit(submission)).toMatchObject({
        outcome: 'refused',
        refusal: { cause: 'busy', code: 'NotSent' },
      })
      expect(server.received).toHaveLength(0)
    }
    expect(late.slots.held).toBe(0)
  })
})

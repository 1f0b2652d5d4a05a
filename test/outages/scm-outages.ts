// In which ways SCM can be away.
import { rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOGIN } from '../e2e/world.ts'
import { DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import { selfSigned } from '../support/self-signed.ts'
import type { Outage } from './outage.ts'

/** Reads are given up after 30 s, in real time. */
const SLOWER_MS = 31_000
const RESET = { answer: 'reset' } as const
const ROTATED = 'Rotated-Password-1!'
const MAINTENANCE = '<!doctype html><title>Maintenance</title><p>We will be back soon.</p>'
const HTML = { 'content-type': 'text/html' }
const TEXT = { 'content-type': 'text/plain' }

/**
 * However many requests wait: three failures in a row and what is under way meanwhile, then a read after 4, 8, 16 and 30 s; and
 * from then on one every half minute. Checks of the issuer are among them. When it begins depends on when cert-manager approves
 * those who wait, and it may begin at the end of a minute: what is left of it comes in the next.
 */
const PROBES = { findingOut: 12, other: 5 }
/** As many as may be under way at a time, once. */
const LOGINS = { findingOut: 4, other: 4 }
/** As many as may be under way at a time, after each pause. */
const AFTER_PAUSES = { findingOut: 8, other: 8 }

export const SCM_OUTAGES: readonly Outage[] = [
  {
    name: 'connections refused',
    begin: ({ proxy }) => proxy.shut(),
    end: ({ proxy }) => proxy.open(),
    trouble: () => RESET,
    says: ['Unreachable'],
    login: 'down',
    mostCalls: PROBES,
  },
  { name: 'connections reset', trouble: () => RESET, says: ['Unreachable'], login: 'down', mostCalls: PROBES },
  {
    name: 'TLS: the certificate is not trusted',
    begin: async ({ proxy }) => proxy.present(await selfSigned('a stranger')),
    end: ({ proxy }) => proxy.present(),
    trouble: () => RESET,
    says: ['TLSFailed'],
    login: 'down',
    mostCalls: PROBES,
  },
  {
    name: 'name not found',
    host: 'localhost',
    async begin({ proxy, namesLost }) {
      await writeFile(namesLost, '')
      proxy.shut()
      await proxy.open()
    },
    end: ({ namesLost }) => rm(namesLost),
    trouble: () => RESET,
    says: ['Unreachable'],
    login: 'down',
    mostCalls: PROBES,
  },
  {
    name: '401 after rotation',
    begin: ({ place }) => rotate(place.tenant),
    end: ({ place }) => place.secret({ login: LOGIN.login, password: ROTATED }),
    says: ['CredentialsRefused'],
    login: 'refused',
    mostCalls: LOGINS,
  },
  {
    name: '403, text/html',
    trouble: answering(403, MAINTENANCE, HTML),
    says: ['AccessDenied'],
    login: 'down',
    mostCalls: PROBES,
  },
  { name: '408', trouble: answering(408, ''), says: ['Unavailable'], login: 'down', mostCalls: PROBES },
  {
    name: '429 with Retry-After',
    trouble: answering(429, '', { 'retry-after': '90' }),
    says: ['RateLimited'],
    login: 'throttled',
    mostCalls: AFTER_PAUSES,
  },
  { name: '500', trouble: answering(500, '{}'), says: ['Unavailable'], login: 'down', mostCalls: PROBES },
  {
    name: '502, text/html',
    trouble: answering(502, MAINTENANCE, HTML),
    says: ['Unavailable'],
    login: 'down',
    mostCalls: PROBES,
  },
  {
    name: '503, text/plain',
    trouble: answering(503, 'busy', TEXT),
    says: ['Unavailable'],
    login: 'down',
    mostCalls: PROBES,
  },
  {
    name: '200 with garbage',
    trouble: answering(200, 'We will be back soon.', TEXT),
    says: ['UnexpectedAnswer'],
    login: 'down',
    mostCalls: PROBES,
  },
  {
    name: 'slower than the time-out',
    trouble: () => ({ until: sleep(SLOWER_MS, undefined, { ref: false }) }),
    says: ['Unreachable'],
    login: 'down',
    mostCalls: PROBES,
  },
]

function answering(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return () => ({ answer: { status, body, headers } })
}

async function rotate({ control }: { control: { patchCatalogue(patch: object): Promise<unknown> } }): Promise<void> {
  const accounts = DEFAULT_CATALOGUE.accounts.map((account) =>
    account.login === LOGIN.login ? { ...account, password: ROTATED } : account,
  )
  await control.patchCatalogue({ accounts })
}

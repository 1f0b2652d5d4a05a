// A transport to a server of the test, the calls that tests make with it, and an issuer's settings to go with it.
import { onTestFinished } from 'vitest'
import { FakeClock } from '../../../../test/support/fake-clock.ts'
import type { Call } from '../call.ts'
import type { SectigoSettings } from '../settings.ts'
import { SectigoTransport, type SectigoTransportOptions } from '../transport.ts'

export const LOGIN = { kind: 'password', customerUri: 'cst325', login: 'api-user', password: 'Canary-7f3a' } as const

export const types: Call = { endpoint: 'ssl/v1/types', method: 'GET', path: 'ssl/v1/types', rank: 1, timeoutMs: 5_000 }
export const enrol: Call = {
  endpoint: 'ssl/v1/enroll',
  method: 'POST',
  path: 'ssl/v1/enroll',
  body: { orgId: 1 },
  rank: 0,
  timeoutMs: 5_000,
}

/** Logs in with LOGIN and logs nothing, unless `options` say otherwise. Ends with the test. */
export function openTransport(
  { url, caBundle }: { readonly url: string; readonly caBundle?: string },
  options: Partial<SectigoTransportOptions> = {},
): SectigoTransport {
  const transport = new SectigoTransport({
    url,
    caBundle,
    credentials: LOGIN,
    clock: new FakeClock(),
    log: { debug: () => {}, warn: () => {} },
    ...options,
  })
  onTestFinished(() => transport.close())
  return transport
}

export function settingsAt({ url }: { readonly url: string }): SectigoSettings {
  return { url, tenant: LOGIN.customerUri, organization: { id: '8928' }, product: 'ssl', profile: { id: '5170' } }
}

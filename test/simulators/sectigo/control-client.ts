// The control interface for another process: same methods, over HTTPS.
import { Agent, request } from 'undici'
import type { Control } from './control.ts'

export interface ControlClient extends Control, AsyncDisposable {
  close(): Promise<void>
}

/** `origin` (`https://localhost:8443`), token and CA are what the simulator prints with `--json`. */
export function createControlClient(options: { origin: string; token: string; caPem: string }): ControlClient {
  const agent = new Agent({ connect: { ca: options.caPem }, allowH2: false })

  /** @throws Error with the simulator's sentence. */
  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<unknown> => {
    const response = await request(`${options.origin}/control${path}`, {
      method,
      dispatcher: agent,
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await response.body.text()
    if (response.statusCode >= 300)
      throw new Error(`simulator control ${method} ${path}: ${response.statusCode} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  // The server's answers are of this project; their shapes are the types of Control, so they are not checked again here.
  const get = async <T>(path: string): Promise<T> => (await call('GET', path)) as T
  const send = async <T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> =>
    (await call(method, path, body)) as T

  return {
    settings: () => get('/settings'),
    patchSettings: (patch) => send('PATCH', '/settings', patch),
    catalogue: () => get('/catalogue'),
    patchCatalogue: (patch) => send('PATCH', '/catalogue', patch),
    orders: () => get('/orders'),
    order: (id) => get(`/orders/${id}`),
    approve: (id) => send('POST', `/orders/${id}/approve`),
    decline: (id) => send('POST', `/orders/${id}/decline`),
    reject: (id) => send('POST', `/orders/${id}/reject`),
    issue: (id) => send('POST', `/orders/${id}/issue`),
    setStatus: (id, status) => send('PUT', `/orders/${id}/status`, { status }),
    setOrigin: (id, origin) => send('PUT', `/orders/${id}/origin`, { origin }),
    publishDcv: (id) => send('POST', `/orders/${id}/publish-dcv`),
    publishDomain: (name, published = true) =>
      send('PUT', `/domains/${encodeURIComponent(name)}/published`, { published }),
    addFault: (rule) => send('POST', '/faults', rule),
    faults: () => get('/faults'),
    clearFaults: () => send('DELETE', '/faults'),
    issueClientCertificate: (login, options = {}) =>
      send('POST', `/accounts/${encodeURIComponent(login)}/client-certificate`, options),
    lockedLogins: () => get('/locked-logins'),
    unlock: (login) => send('DELETE', `/locked-logins/${encodeURIComponent(login)}`),
    revokeTokens: () => send('DELETE', '/tokens'),
    counters: () => get('/counters'),
    reset: () => send('POST', '/reset'),
    close: () => agent.close(),
    [Symbol.asyncDispose]: () => agent.close(),
  }
}

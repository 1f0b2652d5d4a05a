// Starts an SCM tenant in this process: HTTPS with its own CA, a real certificate authority, and the control interface.
import { randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { CaKeyType } from './ca.ts'
import { createCertificateAuthority } from './ca.ts'
import type { Catalogue } from './catalogue.ts'
import { DEFAULT_CATALOGUE } from './catalogue-defaults.ts'
import { createClientCa } from './client-ca.ts'
import type { Context } from './context.ts'
import type { Control } from './control.ts'
import { createControl } from './control.ts'
import { controlRoutes } from './control-routes.ts'
import { createCounters } from './counters.ts'
import { customFieldRoutes } from './custom-field-routes.ts'
import { deviceRoutes } from './device.ts'
import { createDispatcher } from './dispatch.ts'
import { domainOrderRoutes } from './domain-order-routes.ts'
import { domainValidationRoutes } from './domain-validation.ts'
import { domainRoutes } from './domains.ts'
import { createFaults } from './faults.ts'
import { sslV2Routes } from './flavour.ts'
import { importRoutes } from './import.ts'
import { createListener } from './listener.ts'
import { createLockout } from './lockout.ts'
import { oauth2Routes, tokenPath } from './oauth2.ts'
import { createOrders } from './orders.ts'
import { organizationRoutes } from './organizations.ts'
import { passwordRoutes } from './password.ts'
import { createPersons, personRoutes } from './persons.ts'
import { reportRoutes } from './report.ts'
import type { Settings } from './settings.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import { smimeRoutes } from './smime.ts'
import { smimeReportRoutes } from './smime-report.ts'
import { sslRoutes } from './ssl.ts'
import { createServerIdentity } from './tls.ts'
import { createTokens } from './tokens.ts'
import { typeRoutes } from './types.ts'

export interface SimulatorOptions {
  /** 0 (default): any free port. */
  readonly port?: number
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string
  /** Name or address in the URLs; default localhost. It is added to the server's certificate. */
  readonly publicHost?: string
  readonly settings?: Partial<Settings>
  /** Lists given here replace the default ones. */
  readonly catalogue?: Partial<Catalogue>
  /** Of root, intermediate and their signatures; default EC. */
  readonly caKeyType?: CaKeyType
  /** Default: random. */
  readonly controlToken?: string
  /** Milliseconds since the epoch; default the machine's. States follow it. */
  readonly now?: () => number
}

export interface Simulator extends AsyncDisposable {
  /** `https://localhost:8443` */
  readonly origin: string
  /** Base URL of the API, for an issuer's `spec.url`: `https://localhost:8443/api`. */
  readonly url: string
  /** The same under `/private`, for logins with a client certificate. */
  readonly privateUrl: string
  /** Of the realm `apiclients`. */
  readonly tokenUrl: string
  readonly controlToken: string
  /** PEM of the CA that signed the server's certificate. */
  readonly caPem: string
  /** PEM of the root and intermediate that sign orders. */
  readonly rootPem: string
  readonly intermediatePem: string
  readonly control: Control
  /** Outage: stops listening and drops all connections; orders stay. */
  pause(): Promise<void>
  /** Ends the outage, on the same port. */
  resume(): Promise<void>
  close(): Promise<void>
}

/** Ids above it are of what operations add; a catalogue that is written by hand stays below. */
const CATALOGUE_ID_MAX = 100_000

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const now = options.now ?? Date.now
  const publicHost = options.publicHost ?? 'localhost'
  const controlToken = options.controlToken ?? randomBytes(24).toString('base64url')
  // The server's certificate is checked against the real clock, whatever time the orders live in.
  const [identity, ca, clientCa] = await Promise.all([
    createServerIdentity({ hostNames: [publicHost], at: Date.now() }),
    createCertificateAuthority({ keyType: options.caKeyType ?? 'EC', at: now() }),
    createClientCa(),
  ])
  let lastId = CATALOGUE_ID_MAX
  const context: Context = {
    now,
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    catalogue: { ...DEFAULT_CATALOGUE, ...options.catalogue },
    ca,
    clientCa,
    orders: createOrders({ now, ca, settings: () => context.settings }),
    persons: createPersons(),
    tokens: createTokens(),
    lockout: createLockout(),
    counters: createCounters(),
    faults: createFaults(),
    nextId: () => ++lastId,
    tokenUrl: (realm) => `${origin()}${tokenPath(realm)}`,
  }
  const control = createControl(context)
  const closing = new AbortController()
  const dispatcher = createDispatcher({
    context,
    routes: [
      ...oauth2Routes,
      ...passwordRoutes,
      ...organizationRoutes,
      ...typeRoutes,
      ...sslRoutes,
      ...sslV2Routes([...typeRoutes, ...sslRoutes]),
      ...importRoutes,
      ...deviceRoutes,
      ...domainRoutes,
      ...domainValidationRoutes,
      ...domainOrderRoutes,
      ...customFieldRoutes,
      ...reportRoutes,
      ...smimeRoutes,
      ...smimeReportRoutes,
      ...personRoutes,
      ...controlRoutes(control),
    ],
    controlToken,
    signal: closing.signal,
  })
  const listener = createListener({
    identity,
    clientCaPem: clientCa.caPem,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    handle: dispatcher.handle,
  })
  const origin = (): string => `https://${isIPv6(publicHost) ? `[${publicHost}]` : publicHost}:${listener.port}`
  const close = async (): Promise<void> => {
    closing.abort()
    await listener.shut()
  }
  await listener.open()
  return {
    origin: origin(),
    url: `${origin()}/api`,
    privateUrl: `${origin()}/private/api`,
    tokenUrl: context.tokenUrl(),
    controlToken,
    caPem: identity.caPem,
    rootPem: ca.rootPem,
    intermediatePem: ca.intermediatePem,
    control,
    pause: listener.shut,
    resume: listener.open,
    close,
    [Symbol.asyncDispose]: close,
  }
}

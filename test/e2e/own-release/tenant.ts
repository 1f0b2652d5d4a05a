// A customer of SCM for one test alone, whose settings it may change as it likes, and whom the operator reaches through a proxy.
import type { Control } from '../../simulators/sectigo/control.ts'
import { type Simulator, startSimulator } from '../../simulators/sectigo/simulator.ts'
import { type InterceptingProxy, startInterceptingProxy } from '../../support/intercepting-proxy.ts'

export interface Tenant extends AsyncDisposable {
  readonly simulator: Simulator
  readonly control: Control
  readonly scm: InterceptingProxy
  /** `host:port` of the proxy. */
  readonly host: string
  /** From now on SCM's clock is so far ahead of ours. */
  travel(ms: number): void
}

export async function startTenant(): Promise<Tenant> {
  let aheadMs = 0
  const simulator = await startSimulator({ now: () => Date.now() + aheadMs })
  const scm = await startInterceptingProxy(simulator)
  return {
    simulator,
    control: simulator.control,
    scm,
    host: new URL(scm.origin).host,
    travel(ms) {
      aheadMs = ms
    },
    async [Symbol.asyncDispose]() {
      await scm[Symbol.asyncDispose]()
      await simulator.close()
    },
  }
}

/** What an issuer says of the tenant that it orders from. */
export const towards = ({ simulator, scm }: Tenant) => ({
  url: simulator.url.replace(simulator.origin, scm.origin),
  tls: { caBundle: scm.caPem },
})

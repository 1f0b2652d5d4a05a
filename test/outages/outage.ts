// What an outage is: a row of the table that scm-outages.ts and api-server-outages.ts fill in and scenario.ts runs.
import type { Place } from '../e2e/own-release/scene.ts'
import type { Call, InterceptingProxy, Trouble } from '../support/intercepting-proxy.ts'

/** What breaks, and what it breaks for. */
export interface Site {
  readonly place: Place
  /** In front of what is away. */
  readonly proxy: InterceptingProxy
  /** In which names are lost that the operator looks up, while it exists. */
  readonly namesLost: string
}

export interface Outage {
  readonly name: string
  /** One of these words is in what every waiting request says while the outage lasts; none: nobody can be told. */
  readonly says: readonly string[]
  /** What calls meet, and what those meet that are under way when it begins. */
  trouble?(call: Call): Trouble | undefined
  begin?(site: Site): Promise<void> | void
  end?(site: Site): Promise<void> | void
  /** As `certwright_scm_logins` shows the login meanwhile. */
  readonly login?: 'down' | 'throttled' | 'refused'
  /** The host by which the issuer names SCM. Default: an address, for which no name is looked up. */
  readonly host?: string
  /** It must last longer than this to be one (real time). */
  readonly lastsMs?: number
  /** Most calls in a minute, after the first one, that are made while it lasts. */
  readonly mostCalls: number
}

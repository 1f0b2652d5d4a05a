// What an outage is: a row of the tables in scm-outages.ts and api-server-outages.ts, which scenario.ts runs.
import type { Place } from '../e2e/own-release/scene.ts'
import type { Call, InterceptingProxy, Trouble } from '../support/intercepting-proxy.ts'

export interface Site {
  readonly place: Place
  /** In front of what is away. */
  readonly proxy: InterceptingProxy
  /** While this file exists, names that are looked up are not found. */
  readonly namesLost: string
}

export interface Outage {
  readonly name: string
  /** What calls meet, and in the same way those that are under way when it begins. */
  trouble?(call: Call): Trouble | undefined
  begin?(site: Site): Promise<void> | void
  end?(site: Site): Promise<void> | void
  /** It goes on until every request that waits says one of these words; none: nobody can be told. */
  readonly says: readonly string[]
  /** What `certwright_scm_logins` counts the login as meanwhile. */
  readonly login?: 'down' | 'throttled' | 'refused'
  /** By which the issuer names SCM. Default: an address, for which no name is looked up. */
  readonly host?: string
  /** Most calls to what is away: in the minute in which that is found out, whichever it is, and in any other (operator's clock). */
  readonly mostCalls: { readonly findingOut: number; readonly other: number }
}

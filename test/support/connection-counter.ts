// Counts the TCP connections that undici opens, from outside: through the channel it announces them on.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

const CONNECTED = 'undici:client:connected'

/** Starts counting; `stop` ends it and gives the number. */
export function connectionCounter(): { readonly stop: () => number } {
  let connections = 0
  const count = (): void => {
    connections++
  }
  subscribe(CONNECTED, count)
  return {
    stop: () => {
      unsubscribe(CONNECTED, count)
      return connections
    },
  }
}

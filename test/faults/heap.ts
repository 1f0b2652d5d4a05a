// How much is really held, once what nobody needs has been thrown away.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const BYTES_PER_MIB = 1024 * 1024

/** MiB after a full collection; without the command line's leave. */
export function heldMib(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed / BYTES_PER_MIB
}

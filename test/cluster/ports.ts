// Free TCP ports on loopback for programs that must be told their port.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Ports are drawn from below the range that Linux and macOS take outgoing connections from (32768 and 49152), so that no
 * connection made between the look and the program's start can take one away.
 */
export const LOWEST_PORT = 20_000
export const HIGHEST_PORT = 32_000

/** Far more than it takes unless nearly all ports are in use. */
const MOST_DRAWS = 200

/**
 * A port that nobody listens on, and that no other call gets, here or in another process, before this process has ended: a
 * program may take a while to open it, and one that is restarted leaves it for seconds. Somebody else may still take it before it
 * is used, so a caller tries again with another one when its program says that the address is in use.
 */
export async function freePort(): Promise<number> {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT))
    if ((await claim(port)) && (await isFree(port))) return port
  }
  throw new Error(`no free port between ${LOWEST_PORT} and ${HIGHEST_PORT} on 127.0.0.1 in ${MOST_DRAWS} draws`)
}

/**
 * Marks the port for all processes of this machine, by the UDP port of the same number, which stays open: the operating system
 * forgets it with this process, however that ends. Before the look, which holds the TCP port itself for a moment.
 */
async function claim(port: number): Promise<boolean> {
  const mark = createSocket('udp4')
  try {
    mark.bind({ port, address: '127.0.0.1', exclusive: true })
    await once(mark, 'listening')
    mark.unref()
    return true
  } catch {
    mark.close()
    return false
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

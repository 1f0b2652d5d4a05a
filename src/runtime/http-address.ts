// Where an HTTP endpoint listens, as the command line says it: `:8081`, `127.0.0.1:8081`, `[::1]:8081`, or `0` for off.

export interface ListenAddress {
  /** Absent: every address of the machine. */
  readonly host?: string
  /** 0: any free port. */
  readonly port: number
}

const HOST_AND_PORT = /^(?<host>\[[0-9A-Fa-f:.%]+\]|[^:[\]\s]*):(?<port>\d{1,5})$/

const HIGHEST_PORT = 65_535

/** @returns undefined for `0`: no endpoint. @throws Error with a sentence that names the address and the grammar. */
export function parseListenAddress(address: string): ListenAddress | undefined {
  if (address === '0') return undefined
  const { host = '', port = '' } = HOST_AND_PORT.exec(address)?.groups ?? {}
  if (port === '' || Number(port) > HIGHEST_PORT) {
    throw new Error(`"${address}" is not an address to listen on: use :8081, 127.0.0.1:8081, [::1]:8081, or 0 for none`)
  }
  const bare = host.startsWith('[') ? host.slice(1, -1) : host
  return { ...(bare === '' ? {} : { host: bare }), port: Number(port) }
}

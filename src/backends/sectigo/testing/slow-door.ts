// A TCP relay in front of a server, which lets every connection but the first wait until the test opens the door. It ends
// with the test.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface SlowDoor {
  readonly port: number
  readonly waiting: () => number
  /** Lets in those who wait, and all who come later. */
  open(): void
}

export async function slowDoor(toPort: number): Promise<SlowDoor> {
  const sockets = new Set<Socket>()
  const waiting = new Set<Socket>()
  let isOpen = false
  let came = 0
  const relay = (socket: Socket): void => {
    const onward = connect(toPort, '127.0.0.1')
    sockets.add(onward)
    onward.on('error', () => socket.destroy())
    socket.pipe(onward).pipe(socket)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (came++ === 0 || isOpen) relay(socket)
    else waiting.add(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    port: (server.address() as AddressInfo).port,
    waiting: () => waiting.size,
    open() {
      isOpen = true
      for (const socket of waiting) relay(socket)
      waiting.clear()
    },
  }
}

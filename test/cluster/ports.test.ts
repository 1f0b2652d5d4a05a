// Programs that run side by side need ports of their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { freePort, HIGHEST_PORT, LOWEST_PORT } from './ports.ts'

describe('freePort', () => {
  it('gives ports that can be listened on, none twice', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()))
    expect(new Set(ports).size).toBe(ports.length)
    const server = createServer().listen(ports[0], '127.0.0.1')
    await once(server, 'listening')
    server.close()
  })

  it('gives no port that another process was given, though that does not listen there yet', async () => {
    const ports = import.meta.resolve('./ports.ts')
    const script = `import { freePort } from '${ports}'; process.stdout.write(String(await freePort())); process.stdin.resume()`
    const other = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const [given] = (await once(other.stdout, 'data')) as [Buffer]
      const draw = vi
        .spyOn(Math, 'random')
        .mockReturnValueOnce((Number(given) + 0.5 - LOWEST_PORT) / (HIGHEST_PORT - LOWEST_PORT))
      expect(await freePort()).not.toBe(Number(given))
      expect(draw.mock.calls.length).toBeGreaterThan(1)
    } finally {
      other.kill()
    }
  })
})

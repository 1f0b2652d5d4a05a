// When a program fails in a test, its error has to be enough to understand why.
import { describe, expect, it } from 'vitest'
import { run } from './run.ts'

describe('run', () => {
  it('passes input and returns output', async () => {
    expect(await run('sh', ['-c', 'cat; echo aside >&2'], { input: 'text' })).toEqual({
      stdout: 'text',
      stderr: 'aside\n',
    })
  })

  it('fails with the command, its exit code and what it said', async () => {
    const failing = run('sh', ['-c', 'echo out; echo why >&2; exit 4'])
    await expect(failing).rejects.toMatchObject({ name: 'RunError', exitCode: 4, stdout: 'out\n', stderr: 'why\n' })
    await expect(failing).rejects.toThrow(/^sh -c .*: exit code 4\nwhy$/s)
  })

  it('fails when there is no such program', async () => {
    await expect(run('no-such-program', ['x'])).rejects.toThrow(/no-such-program x: .*ENOENT/)
  })

  it('fails when it takes too long', async () => {
    await expect(run('sleep', ['1000'], { timeoutMs: 50 })).rejects.toThrow('ended by SIGKILL')
  })

  it('ends the program when aborted', async () => {
    const aborting = new AbortController()
    const running = run('sleep', ['1000'], { signal: aborting.signal })
    aborting.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})

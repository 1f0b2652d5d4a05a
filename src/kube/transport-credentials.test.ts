import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FAKE_TOKEN } from '../../test/support/fake-kube-api.ts'
import { a, COLLECTION, failure, start } from '../../test/support/fake-kube-calls.ts'

/** The token in memory is refused; the file has a good one by the time of the call. */
const withRotatedToken = async () => {
  const fake = await start({
    files: () => ({ token: 'of an hour ago' }),
    access: () => ({ user: { tokenFile: 'token' } }),
  })
  await writeFile(join(fake.folder, 'new'), `${FAKE_TOKEN}\n`)
  await rename(join(fake.folder, 'new'), join(fake.folder, 'token'))
  return fake
}

describe('credentials that are refused', () => {
  it('are read again at once, and the read goes on', async () => {
    const { get, calls, api } = await withRotatedToken()
    expect(await get()).toMatchObject({ metadata: a })
    expect(calls.map(({ verb, code }) => `${verb} ${code}`)).toEqual(['get 401', 'get 200'])
    expect(api.requests).toHaveLength(2)
  })

  it('do not end a watch that begins', async () => {
    const { watch, calls, api } = await withRotatedToken()
    const first = watch().next()
    await expect.poll(() => api.watches).toBe(1)
    api.objects.put(COLLECTION, 'b')
    expect((await first).value).toMatchObject({ object: { metadata: { name: 'b' } } })
    expect(calls.map(({ code }) => code)).toEqual(['401', '200'])
  })

  it('fail a write, once: the next goes with the new ones', async () => {
    const { create, api } = await withRotatedToken()
    expect(await failure(create('b'))).toMatchObject({ status: 401, reason: 'Unauthorized', answered: true })
    expect(api.requests).toHaveLength(1)
    expect(await create('b')).toMatchObject({ metadata: { name: 'b' } })
    expect(api.requests).toHaveLength(2)
  })

  it('and have not changed are not tried again', async () => {
    const { get, api } = await start({ access: () => ({ user: { token: 'wrong' } }) })
    expect(await failure(get())).toMatchObject({ status: 401 })
    expect(await failure(get())).toMatchObject({ status: 401 })
    expect(api.requests).toHaveLength(2)
  })

  it('by many calls at once are read once', async () => {
    const { get, api } = await withRotatedToken()
    await Promise.all(Array.from({ length: 20 }, get))
    expect(api.requests.filter(({ headers }) => headers.authorization === `Bearer ${FAKE_TOKEN}`)).toHaveLength(20)
  })

  it('make no call wait for longer than its time-out while a plugin hangs', async () => {
    const fake = await start({
      timeoutMs: 2_000,
      files: () => ({ token: 'old' }),
      access: (_api, folder) => ({
        user: {
          token: undefined,
          exec: {
            apiVersion: 'v1',
            command: 'sh',
            args: [
              '-c',
              'test -e "$0" && exec sleep 600; touch "$0"; echo \'{"kind":"ExecCredential","apiVersion":"v1","status":{"token":"old"}}\'',
              join(folder, 'ran-once'),
            ],
          },
        },
      }),
    })
    expect(await failure(fake.get())).toMatchObject({
      reason: 'Timeout',
      message: expect.stringContaining('no new cre'),
    })
    expect(await failure(fake.get())).toMatchObject({
      reason: 'Timeout',
      message: expect.stringContaining('no creden'),
    })
  })
})

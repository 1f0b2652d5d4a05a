import { describe, expect, it } from 'vitest'
import { CONFIG_MAPS, type ConfigMap } from '../../test/support/config-maps.ts'
import type { KubeClient, KubeList, ListOptions } from '../kube/client.ts'
import { KubeError } from '../kube/errors.ts'
import { listAll } from './list-all.ts'

function configMap(number: number): ConfigMap {
  const metadata = {
    name: `c${number}`,
    namespace: 'ns',
    uid: `uid-${number}`,
    resourceVersion: String(number + 1),
    creationTimestamp: '2026-01-01T00:00:00Z',
  }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata }
}

function refusal(status: number, reason: string): KubeError {
  return new KubeError({ status, reason, message: reason, answered: true })
}

const TOO_LARGE = refusal(200, 'AnswerTooLarge')

/** `count` objects in pages; `failing` says how the nth call ends otherwise. */
function serverOf(count: number, failing: Readonly<Record<number, KubeError>> = {}) {
  const asked: Pick<ListOptions, 'limit' | 'continue'>[] = []
  const all = Array.from({ length: count }, (_, number) => configMap(number))
  const list = async (_resource: unknown, options: ListOptions): Promise<KubeList<ConfigMap>> => {
    asked.push({ limit: options.limit, continue: options.continue })
    const failure = failing[asked.length]
    if (failure !== undefined) throw failure
    const start = Number(options.continue ?? 0)
    const end = start + (options.limit ?? count)
    return { items: all.slice(start, end), resourceVersion: '9000', ...(end < count && { continue: String(end) }) }
  }
  const client = { list } as Pick<KubeClient, 'list'>
  const listed = (keep = (object: ConfigMap): ConfigMap | undefined => object) =>
    listAll({ client, resource: CONFIG_MAPS, scope: {}, keep })
  return { asked, listed }
}

describe('listAll', () => {
  it('reads every page and gives the place for a watch', async () => {
    const { asked, listed } = serverOf(501)
    const { items, resourceVersion } = await listed()
    expect(items.map(({ metadata }) => metadata.name)).toEqual(Array.from({ length: 501 }, (_, n) => `c${n}`))
    expect(resourceVersion).toBe('9000')
    expect(asked.map((each) => [each.limit, each.continue])).toEqual([
      [250, undefined],
      [250, '250'],
      [250, '500'],
    ])
  })

  it('takes an empty page with a continue token for what it is: one page of several', async () => {
    const pages = [{ items: [], continue: 'x' }, { items: [configMap(1)] }]
    const client = { list: async () => ({ resourceVersion: '5', ...pages.shift() }) } as unknown as KubeClient
    const { items } = await listAll({ client, resource: CONFIG_MAPS, scope: {}, keep: (object) => object })
    expect(items).toHaveLength(1)
  })

  it('holds on to nothing but what is kept', async () => {
    const { listed } = serverOf(600)
    const kept = { ...configMap(7), data: { k: 'v' } }
    expect((await listed(({ metadata }) => (metadata.name === 'c7' ? kept : undefined))).items).toEqual([kept])
  })

  it('fails as a whole with the page that fails: half a list would look like deletions', async () => {
    const { asked, listed } = serverOf(2_000, { 7: refusal(503, 'ServiceUnavailable') })
    await expect(listed()).rejects.toMatchObject({ status: 503 })
    expect(asked).toHaveLength(7)
  })

  it('asks for fewer at a time while a page is too large, down to one', async () => {
    const { asked, listed } = serverOf(500, { 2: TOO_LARGE, 3: TOO_LARGE })
    expect((await listed()).items).toHaveLength(500)
    expect(asked.slice(0, 6).map((each) => [each.limit, each.continue])).toEqual([
      [250, undefined],
      [250, '250'],
      [125, '250'],
      [63, '250'],
      [63, '313'],
      [63, '376'],
    ])
    const never = serverOf(500, Object.fromEntries(Array.from({ length: 20 }, (_, call) => [call, TOO_LARGE])))
    await expect(never.listed()).rejects.toMatchObject({ reason: 'AnswerTooLarge' })
    expect(never.asked.map(({ limit }) => limit)).toEqual([250, 125, 63, 32, 16, 8, 4, 2, 1])
  })

  it('asks for everything at once when its continue token has expired on the way', async () => {
    const { asked, listed } = serverOf(600, { 3: refusal(410, 'Expired') })
    const { items } = await listed()
    expect(items).toHaveLength(600)
    expect(asked.at(-1)).toEqual({ limit: undefined, continue: undefined })
    expect(asked).toHaveLength(4)
  })

  it('gives up when even that fails', async () => {
    const failing = { 2: refusal(410, 'Expired'), 3: TOO_LARGE }
    const { asked, listed } = serverOf(600, failing)
    await expect(listed()).rejects.toMatchObject({ reason: 'AnswerTooLarge' })
    expect(asked).toHaveLength(3)
  })
})

// Whatever happens to the objects, the server and the connection, in any order: afterwards the store equals the server, every
// handler has been told everything, one step at a time, and nothing that was known has been unlearned on the way.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONFIG_MAPS, type ConfigMap } from '../../test/support/config-maps.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { DOWN, LOST, ModelServer } from '../../test/support/model-server.ts'
import { Reflector } from './reflector.ts'
import { type Change, Store } from './store.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')

const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  // Our own write, whose answer takes a while; the watch may be quicker.
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), name, ms: fc.nat({ max: 300 }) }) },
)
const passing = fc.record({ do: fc.constant('advance' as const), ms: fc.nat({ max: 2_500 }) })
const fault = fc.record({
  do: fc.constantFrom('tick', 'end', 'cut', 'fail', 'compact', 'expire', 'bookmark', 'repeat'),
})
const restore = fc.record({ do: fc.constant('restore' as const), changes: fc.nat({ max: 6 }) })

const step = fc.oneof(
  { weight: 6, arbitrary: change },
  { weight: 4, arbitrary: passing },
  { weight: 3, arbitrary: fault },
)

interface Step {
  readonly do: string
  readonly name?: string
  readonly ms?: number
  readonly changes?: number
}

class World {
  readonly clock = new FakeClock()
  readonly server = new ModelServer(this.clock)
  readonly problems: string[] = []
  /** What a handler believes that has only listened. */
  readonly told = new Map<string, string>()
  readonly store: Store<ConfigMap>
  readonly #answers = new Set<() => void>()
  #restored = false

  constructor() {
    const problem = (_fields: unknown, message: string): void => void this.problems.push(message)
    this.store = new Store<ConfigMap>({
      log: { error: problem },
      indexes: { version: ({ metadata }) => [metadata.resourceVersion] },
    })
    this.store.onChange((change) => this.#hear(change))
  }

  #hear({ key, previous, current }: Change<ConfigMap>): void {
    const [was, is] = [previous?.metadata, current?.metadata]
    if (this.told.get(key) !== was?.resourceVersion) this.problems.push(`${key} was told with a gap`)
    if (was !== undefined && was.uid === is?.uid && !this.#restored && isNotNewer(is, was)) {
      this.problems.push(`${key} went back from ${was.resourceVersion} to ${is.resourceVersion}`)
    }
    const there = was !== undefined && this.server.objects.get(was.name)?.metadata.uid === was.uid
    if (is === undefined && there && !this.#restored) this.problems.push(`${key} was told gone, and is there`)
    if (is === undefined) this.told.delete(key)
    else this.told.set(key, is.resourceVersion)
  }

  async perform(next: Step): Promise<void> {
    const { name = '', ms = 0, changes = 0 } = next
    const { server, clock } = this
    if (next.do === 'put') server.put(name)
    else if (next.do === 'delete') server.delete(name)
    else if (next.do === 'write') {
      const written = server.put(name)
      const cancel = clock.after(ms, () => {
        this.#answers.delete(cancel)
        this.store.wrote(written)
      })
      this.#answers.add(cancel)
    } else if (next.do === 'advance') await clock.advance(ms)
    else if (next.do === 'tick') server.tick()
    else if (next.do === 'end') server.endWatches('end')
    else if (next.do === 'cut') server.endWatches(LOST)
    else if (next.do === 'fail') server.faults.push(DOWN)
    else if (next.do === 'compact') server.compact()
    else if (next.do === 'expire') server.expireWatches()
    else if (next.do === 'bookmark') server.bookmark()
    else if (next.do === 'repeat') server.repeat()
    else {
      this.#restored = true
      // Answers of the API server that went away do not come any more.
      for (const cancel of this.#answers) cancel()
      server.restore(changes)
      // The backup is older than all that happens until somebody looks: that is what tells the two times apart.
      server.stride = 1
    }
  }
}

function isNotNewer(one: ConfigMap['metadata'], than: ConfigMap['metadata']): boolean {
  return Number(one.resourceVersion) <= Number(than.resourceVersion)
}

/** Longer than every back-off and every answer on its way. */
const LONG_MS = 200_000

async function live(steps: readonly Step[], { stride = 1 } = {}): Promise<World> {
  const world = new World()
  const { clock, server, store } = world
  server.stride = stride
  const log = {
    info: () => {},
    warn: () => {},
    error: (_fields: object, line: string) => void world.problems.push(line),
  }
  const stop = new AbortController()
  const reflector = new Reflector<ConfigMap>({ client: server.client, resource: CONFIG_MAPS, store, clock, log })
  const running = reflector.run({ signal: stop.signal })
  for (const next of steps) await world.perform(next)
  await clock.advance(LONG_MS)
  // Well again: what was missed must come by itself.
  server.put('last')
  await clock.advance(LONG_MS)
  stop.abort()
  await running
  return world
}

function expectEqual({ server, store, told, problems }: World): void {
  const versions = (objects: Iterable<ConfigMap>) =>
    Object.fromEntries([...objects].map(({ metadata }) => [`ns/${metadata.name}`, metadata.resourceVersion]))
  const truth = versions(server.objects.values())
  expect(versions(store.list())).toEqual(truth)
  expect(Object.fromEntries(told)).toEqual(truth)
  for (const [key, version] of Object.entries(truth)) {
    expect(store.byIndex('version', version).map(({ metadata }) => `ns/${metadata.name}`)).toEqual([key])
  }
  expect(problems).toEqual([])
}

describe('a store under a reflector', () => {
  it('equals the server after any history of changes, own writes and faults, and has told all of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => expectEqual(await live(steps))),
      { numRuns: 500 },
    )
  })

  it('equals the server also when etcd was restored from a backup on the way', async () => {
    const history = fc.tuple(fc.array(step, { maxLength: 25 }), restore, fc.array(step, { maxLength: 10 }))
    await fc.assert(
      fc.asyncProperty(history, async ([before, back, after]) =>
        expectEqual(await live([...before, back, ...after], { stride: 1_000 })),
      ),
      { numRuns: 500 },
    )
  })
})

// The arrows hold only as long as the check that says so can say no.
import { describe, expect, it } from 'vitest'
import { arrows, importsOf, readSources, violations } from './arrows.ts'

describe('violations', () => {
  it('has none in src', () => {
    const sources = readSources()
    expect(sources.size).toBeGreaterThan(10)
    expect(violations(sources)).toEqual([])
  })

  it.each([
    ['issuance/plan.ts', `import { KubeClient } from '../kube/client.ts'`, 'issuance may not know kube'],
    ['issuance/plan.ts', `import type { Clock } from '../runtime/clock.ts'`, 'issuance may not know runtime'],
    ['issuance/plan.ts', `import type { Scm } from '../backends/sectigo/scm.ts'`, 'issuance may not know backends'],
    ['issuance/plan.ts', `import { x } from '../backends/backend.ts'`, 'only import types from backends/backend.ts'],
    ['api/order.ts', `import { keyOf } from '../kube/resource.ts'`, 'only import types from kube/resource.ts'],
    ['api/order.ts', `import type { X } from '../kube/client.ts'`, 'api may not know kube'],
    ['kube/client.ts', `export * from '../runtime/backoff.ts'`, 'kube may not know runtime'],
    ['runtime/queue.ts', `import {\n  a,\n  b,\n} from '../api/order.ts'`, 'runtime may not know api'],
    ['x509/csr.ts', `const late = await import('../api/order.ts')`, 'x509 may not know api'],
    ['x509/csr.ts', `type Order = import('../api/order.ts').Order`, 'x509 may not know api'],
    ['x509/csr.ts', `import '../main.ts'`, 'x509 may not know main'],
    ['backends/barbican/ca.ts', `import { x } from '../sectigo/scm.ts'`, 'may not know backends/sectigo'],
    ['backends/backend.ts', `import type { X } from './sectigo/scm.ts'`, 'may not know backends/sectigo'],
    ['api/order.test.ts', `import { x } from '../backends/backend.ts'`, 'api may not know backends'],
    ['kube/client.ts', `import { x } from '../../test/support/fake-clock.ts'`, 'only tests'],
    ['kube/client.ts', `import { x } from './testing/server.ts'`, 'there for tests'],
    ['attic/old.ts', `import { x } from '../kube/client.ts'`, 'not a room'],
  ])('finds in %s: %s', (file, source, problem) => {
    expect(violations(new Map([[file, source]]))).toEqual([expect.stringContaining(problem)])
  })

  it.each([
    ['issuance/plan.ts', `import type { Ca } from '../backends/backend.ts'`],
    ['backends/sectigo/scm.ts', `import type { Ca } from '../backend.ts'\nimport { z } from 'zod'`],
    ['kube/client.test.ts', `import { FakeClock } from '../../test/support/fake-clock.ts'`],
    ['api/order.test.ts', `import type { RemoteOrder } from '../backends/backend.ts'`],
    ['kube/testing/server.ts', `import { x } from '../../../test/support/pki.ts'`],
    ['main.ts', `import { serve } from './runtime/health.ts'\nimport { flags } from './flags.ts'`],
    ['x509/csr.ts', `// import { x } from '../kube/client.ts'\n/**\n * import('../kube/client.ts')\n */`],
  ])('allows in %s: %s', (file, source) => {
    expect(violations(new Map([[file, source]]))).toEqual([])
  })
})

describe('importsOf', () => {
  it('reads every form', () => {
    const source = [
      `import 'reflect-metadata'`,
      `import type { A } from './a.ts'`,
      `import b, { type C } from './b.ts'`,
      `import * as d from './d.ts'`,
      `export type { E } from './e.ts'`,
      `export const f = 'not from "here"'`,
      `export { g } from "./g.ts"`,
    ].join('\n')
    expect(importsOf(source)).toEqual([
      { specifier: 'reflect-metadata', typesOnly: false },
      { specifier: './a.ts', typesOnly: true },
      { specifier: './b.ts', typesOnly: false },
      { specifier: './d.ts', typesOnly: false },
      { specifier: './e.ts', typesOnly: true },
      { specifier: './g.ts', typesOnly: false },
    ])
  })
})

describe('arrows', () => {
  it('lead into rooms that exist, never in a circle', () => {
    const reach = (room: string, path: readonly string[] = []): readonly string[] => {
      if (path.includes(room)) throw new Error(`a circle: ${[...path, room].join(' -> ')}`)
      return (arrows[room] ?? []).flatMap(({ to }) => {
        const next = to.split('/')[0] ?? ''
        expect(arrows).toHaveProperty(next)
        return [next, ...reach(next, [...path, room])]
      })
    }
    for (const room of Object.keys(arrows)) expect(reach(room)).not.toContain(room)
  })
})

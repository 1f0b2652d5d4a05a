// Whoever meets a failure has nothing but its explanation.
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import type { Operator } from '../cluster/operator.ts'
import { explainFailure, wordsOf } from './failure.ts'
import type { Screen } from './screen.ts'

const ready = { type: 'Ready', status: 'False', reason: 'SecretNotFound', message: 'Secret "shop/scm" does not exist' }
const items = [
  { kind: 'SectigoIssuer', metadata: { namespace: 'shop', name: 'public-ov' }, status: { conditions: [ready] } },
  { kind: 'SectigoClusterIssuer', metadata: { name: 'devices' } },
]
const operator = { logs: () => Array.from({ length: 30 }, (_, number) => `line ${number}`) } as unknown as Operator

function clusterWhere(kubectl: () => Promise<string>): Cluster {
  return { kubectl: async () => ({ stdout: await kubectl(), stderr: '' }) } as unknown as Cluster
}

async function explained(stage: Parameters<typeof explainFailure>[0]): Promise<string> {
  const said: string[] = []
  const screen = { note: (text: string) => said.push(text), output: (text: string) => said.push(text) }
  await explainFailure(stage, screen as unknown as Screen)
  return said.join('\n')
}

describe('explainFailure', () => {
  it("shows every Ready condition and the operator's last lines", async () => {
    const text = await explained({ cluster: clusterWhere(async () => JSON.stringify({ items })), operator })
    expect(text).toContain(
      'SectigoIssuer shop/public-ov: Ready is False, SecretNotFound: Secret "shop/scm" does not exist',
    )
    expect(text).toContain('SectigoClusterIssuer devices: no Ready condition')
    expect(text).toMatch(/line 10\n.*line 29$/s)
    expect(text).not.toContain('line 9\n')
  })

  it('says so when the cluster cannot be asked', async () => {
    const gone = clusterWhere(() => Promise.reject(new Error('connection refused')))
    expect(await explained({ cluster: gone })).toContain('connection refused')
  })

  it('says nothing where nothing was started', async () => {
    expect(await explained({})).toBe('')
  })
})

describe('wordsOf', () => {
  it('tells both when stopping failed as well', () => {
    const both = new SuppressedError(new Error('port is gone'), new Error('no such profile'))
    expect(wordsOf(both)).toBe('no such profile\nand while stopping: port is gone')
  })
})

// Measures what the operator holds in memory, started as its image starts it, in the heap that the chart's limit allows: idle,
// and with requests that have ended and orders that are open.
//
//   node test/bench/memory.ts [ended] [open]     (default: 10000 ended requests, 1000 open orders; the bars are 120 and 200 MiB)
import { type CertificateOrder, certificateOrders } from '../../src/api/certificate-order.ts'
import { certificateRequests } from '../../src/api/certificate-request.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { residentMiB } from '../cluster/memory.ts'
import type { Operator } from '../cluster/operator.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { startSimulator } from '../simulators/sectigo/simulator.ts'
import { imageFlags } from '../support/image-flags.ts'
import { installChart, runOperator } from '../support/install.ts'
import { allOf, makeManyIssuers } from '../support/many-issuers.ts'
import { createCsr } from '../support/pki.ts'
import { build } from '../tools/build.ts'

const TARGET = { release: 'bench', namespace: 'bench' }
const NAMESPACE = 'many-0'
/** Long after anything that the start has to do. */
const SETTLED_MS = 20_000
const TIMEOUT_MS = 30 * 60_000
const fieldManager = 'bench'

const log = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(ended: number, open: number): Promise<void> {
  await build()
  const [cluster, simulator] = await Promise.all([startCluster({ log }), startSimulator()])
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig })
  const start = (): Promise<Operator> => runOperator({ cluster, ...TARGET }, { env: { NODE_OPTIONS: imageFlags() } })
  const measured = async (operator: Operator, what: string): Promise<void> => {
    const since = performance.now()
    await waitUntil(async () => performance.now() - since > SETTLED_MS, { what: 'rest', timeoutMs: TIMEOUT_MS })
    log(`${what}: ${await residentMiB(operator.pid)} MiB`)
  }
  try {
    const client = new KubeClient({ connection, userAgent: 'bench' })
    await installChart({ cluster, ...TARGET, allowedHost: new URL(simulator.origin).host })
    const idle = await start()
    await measured(idle, 'idle')

    await simulator.control.patchSettings({ approval: 'manual' })
    const limits = { requestsPerSecond: 100, concurrentRequests: 50 }
    const budget = { ordersPerDay: open, perNamespacePerDay: open, openOrders: open }
    await makeManyIssuers(
      { client, simulator },
      { issuers: 1, logins: 1, perNamespace: 1, prefix: 'many', spec: { limits, budget } },
    )
    const { pem } = await createCsr({ dns: ['ended.acme.example'] })
    await allOf(numbers(ended), (n) => ask(client, `ended-${n}`, pem, 'Issued'))
    await allOf(numbers(open), async (n) =>
      ask(client, `open-${n}`, (await createCsr({ dns: [`open-${n}.acme.example`] })).pem),
    )
    const allOpen = async (): Promise<boolean> => {
      const { items } = await client.list<CertificateOrder>(certificateOrders, { namespace: NAMESPACE })
      return items.filter(({ status }) => status?.phase === 'Open').length === open
    }
    await waitUntil(allOpen, { what: 'all orders to be open', timeoutMs: TIMEOUT_MS, everyMs: 2_000 })
    const found = `${ended} ended requests and ${open} open orders`
    await measured(idle, `${found}, after it placed them`)
    await idle.stop()
    const again = await start()
    await measured(again, `${found}, after a start`)
    await again.stop()
  } finally {
    await connection.close()
    await cluster.stop()
    await simulator.close()
  }
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

/** A request of the issuer; one that has an end is given it at once. */
async function ask(client: KubeClient, name: string, pem: string, end?: 'Issued'): Promise<void> {
  const metadata = { namespace: NAMESPACE, name }
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: end === undefined ? 'scm-0' : 'none' }
  const spec = { request: Buffer.from(pem).toString('base64'), issuerRef }
  await client.create(certificateRequests, { metadata, spec }, { fieldManager })
  if (end === undefined) return
  const condition = { status: 'True', message: 'by the bench', lastTransitionTime: '2026-01-01T00:00:00Z' } as const
  const conditions = [
    { ...condition, type: 'Approved', reason: 'Bench' },
    { ...condition, type: 'Ready', reason: end },
  ]
  const status = { conditions, certificate: Buffer.from(pem).toString('base64') }
  await client.mergePatch(certificateRequests, metadata, { status }, { subresource: 'status', fieldManager })
}

const [ended = 10_000, open = 1_000] = process.argv.slice(2).map(Number)
await main(ended, open)

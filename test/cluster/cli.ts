// npm run cluster: one cluster per checkout for development, that stays until it is ended.
import { join } from 'node:path'
import { acquireLock } from '../tools/lock.mjs'
import { root } from '../tools/root.ts'
import { attachCluster } from './cluster.ts'
import {
  type DevCluster,
  devClusterFolder,
  endDevCluster,
  endedPrograms,
  readDevCluster,
  writeDevCluster,
} from './dev-cluster.ts'
import { startCluster } from './start.ts'

const USAGE = `usage: npm run cluster [-- up | down | status]
  up      (default) starts a Kubernetes cluster with cert-manager and leaves it running
  down    ends it and removes it
  status  tells whether it runs`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main([command = 'up', ...more]: readonly string[]): Promise<number> {
  if (more.length > 0 || !['up', 'down', 'status'].includes(command)) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)))
  const release = await acquireLock(join(root, '.run', 'locks', 'cluster'), {
    signal: ending.signal,
    onWait: (holder) => say(`process ${holder} is starting or ending the cluster; waiting for it`),
  })
  try {
    return await { up, down, status }[command as 'up' | 'down' | 'status'](ending.signal)
  } finally {
    await release()
  }
}

async function up(signal: AbortSignal): Promise<number> {
  const before = await readDevCluster()
  if (before !== undefined && (await answers(before))) {
    say('the cluster is running already')
    explain(before)
    return 0
  }
  await endDevCluster(before)
  const cluster = await startCluster({ folder: devClusterFolder, outlives: true, log: say, signal })
  explain(await writeDevCluster(cluster, cluster.release()))
  return 0
}

async function down(): Promise<number> {
  const cluster = await readDevCluster()
  await endDevCluster(cluster)
  say(cluster === undefined ? 'no cluster is running' : 'the cluster is ended')
  return 0
}

async function status(): Promise<number> {
  const cluster = await readDevCluster()
  if (cluster === undefined) {
    say('no cluster is running')
    return 1
  }
  const ended = await endedPrograms(cluster)
  if (ended.length > 0) say(`ended: ${ended.join(', ')}; their logs are in ${join(cluster.folder, 'logs')}`)
  const well = await answers(cluster)
  say(well ? 'the cluster is running' : 'the cluster does not answer')
  explain(cluster)
  return well ? 0 : 1
}

async function answers(state: DevCluster): Promise<boolean> {
  if ((await endedPrograms(state)).length > 0) return false
  const asked = attachCluster(state).kubectl(['get', '--raw', '/readyz'], { timeoutMs: 5000 })
  return asked.then(() => true).catch(() => false)
}

function explain({ kubeconfig, binaries, provider, auditLog }: DevCluster): void {
  say(`
kubeconfig  ${kubeconfig}
programs    ${binaries} (kubectl, helm)
provider    ${provider}${auditLog ? `\naudit log   ${auditLog}` : ''}

use it      export KUBECONFIG=${kubeconfig} PATH=${binaries}:$PATH
test on it  TEST_KUBECONFIG=${kubeconfig}${auditLog ? ` TEST_AUDIT_LOG=${auditLog}` : ''} npm test -- e2e
end it      npm run cluster -- down`)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

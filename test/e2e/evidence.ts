// What a run leaves behind, told by those who cannot argue: the simulator's counters, the API server's audit log, and all that
// people may see.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callsOf } from '../support/audit.ts'
import type { SharedWorld, World } from './world.ts'

/** Kinds that the operators write to, and those that cert-manager copies their words into. */
const KINDS = [
  'sectigoissuers',
  'sectigoclusterissuers',
  'certificateorders',
  'certificaterequests',
  'certificates',
  'events',
  'leases',
]

/** Of the shared installation, and so the name of its ServiceAccount: as the README's command has it. */
export const RELEASE = 'certwright'

/** How many orders were asked for, whatever SCM answered. */
export async function enrolments({ scm }: World): Promise<number> {
  const { calls } = await scm.counters()
  const answers = ['POST /api/ssl/v1/enroll', 'POST /api/device/v1/enroll'].flatMap((endpoint) =>
    Object.values(calls[endpoint] ?? {}),
  )
  return answers.reduce((sum, times) => sum + times, 0)
}

/** What the shared operator did with one object or, without a name, in one namespace: `patch certificaterequests/status`. */
export async function operatorCalls(
  { cluster, installation }: SharedWorld,
  { namespace, name }: { readonly namespace: string; readonly name?: string },
): Promise<readonly string[]> {
  const calls = await callsOf(cluster, { namespace: installation.namespace, name: RELEASE })
  return calls.flatMap(({ verb, objectRef }) => {
    if (objectRef?.namespace !== namespace || (name !== undefined && objectRef.name !== name)) return []
    return [`${verb} ${[objectRef.resource, objectRef.subresource].filter(Boolean).join('/')}`]
  })
}

/** Where no credential may be: objects, log lines of every operator that runs, metrics, and what the probes answer. */
export async function everythingVisible({ cluster, installation }: SharedWorld): Promise<string> {
  const { stdout } = await cluster.kubectl(['get', KINDS.join(','), '--all-namespaces', '-o', 'json'])
  const { metricsUrl, healthUrl } = installation
  const pages = [`${metricsUrl}/metrics`, `${healthUrl}/readyz?verbose`, `${healthUrl}/healthz?verbose`]
  const texts = await Promise.all(pages.map(async (url) => (await fetch(url)).text()))
  return [stdout, ...(await operatorLogs(cluster.folder)), ...texts].join('\n')
}

async function operatorLogs(folder: string): Promise<readonly string[]> {
  const files = await readdir(join(folder, 'operators'), { recursive: true })
  const logs = files.filter((file) => file.endsWith('.log')).map((file) => join(folder, 'operators', file))
  if (logs.length === 0) throw new Error(`no operator writes its log below ${folder}`)
  return Promise.all(logs.map((log) => readFile(log, 'utf8')))
}

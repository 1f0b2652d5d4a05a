// The API server's own account of who did what: what a program says of itself proves less.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Cluster } from '../cluster/cluster.ts'

const auditEvent = z.object({
  auditID: z.string(),
  stage: z.string(),
  verb: z.string(),
  user: z.object({ username: z.string() }),
  userAgent: z.string().default(''),
  objectRef: z
    .object({
      apiGroup: z.string().default(''),
      resource: z.string(),
      subresource: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  /** RFC 3339 with microseconds. */
  requestReceivedTimestamp: z.string(),
})

export type AuditEvent = z.output<typeof auditEvent>

/** All finished calls of a ServiceAccount so far, in the order in which they came in. Needs a cluster that keeps an audit log. */
export async function callsOf(
  cluster: Cluster,
  serviceAccount: { namespace: string; name: string },
): Promise<readonly AuditEvent[]> {
  if (cluster.auditLog === undefined) throw new Error(`a cluster provided by ${cluster.provider} keeps no audit log`)
  const username = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`
  // The last one is empty, or is being written.
  const lines = (await readFile(cluster.auditLog, 'utf8')).split('\n').slice(0, -1)
  return lines
    .filter((line) => line.includes(username))
    .map((line) => auditEvent.parse(JSON.parse(line)))
    .filter(
      ({ user, stage }) => user.username === username && (stage === 'ResponseComplete' || stage === 'ResponseStarted'),
    )
    .toSorted((a, b) => a.requestReceivedTimestamp.localeCompare(b.requestReceivedTimestamp))
}

// The demo's certificates: how long each took to become Ready, and what openssl says of it.
import { createPublicKey, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { Cluster } from '../cluster/cluster.ts'
import { opensslVerify } from '../support/openssl.ts'

export interface Ordered {
  readonly namespace: string
  readonly name: string
  readonly secretName: string
  readonly issuer: string
}

const certificateList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ namespace: z.string(), name: z.string() }),
      spec: z.object({ secretName: z.string(), issuerRef: z.object({ name: z.string() }) }),
    }),
  ),
})

const orderList = z.object({
  items: z.array(
    z.object({
      spec: z.object({ requestRef: z.object({ uid: z.string() }) }),
      status: z.object({ remote: z.object({ state: z.string().optional() }).optional() }).optional(),
    }),
  ),
})

const tlsSecret = z.object({ data: z.object({ 'tls.crt': z.base64(), 'tls.key': z.base64() }) })

/** Far longer than the simulator takes, short enough for somebody who looks on. */
const READY_WITHIN = '90s'

/** What a manifest asks for, as the API server read it. */
export async function certificatesOf(cluster: Cluster, manifest: string): Promise<readonly Ordered[]> {
  const { stdout } = await cluster.kubectl(['get', '-f', manifest, '-o', 'json'])
  return certificateList.parse(JSON.parse(stdout)).items.map(({ metadata, spec }) => ({
    namespace: metadata.namespace,
    name: metadata.name,
    secretName: spec.secretName,
    issuer: spec.issuerRef.name,
  }))
}

/** @throws {RunError} with kubectl's words when it takes too long */
export async function untilReady(cluster: Cluster, { namespace, name }: Ordered): Promise<void> {
  const what = ['--for=condition=Ready', `certificate/${name}`, `--timeout=${READY_WITHIN}`]
  await cluster.kubectl(['wait', '--namespace', namespace, ...what])
}

/** How many orders have a state at the CA on record. */
export async function ordersUnderWay(cluster: Cluster): Promise<number> {
  return (await orderRecords(cluster)).filter(({ status }) => status?.remote?.state !== undefined).length
}

/**
 * How many requests have a record of their order. A Certificate may have had two of them: cert-manager asks again when it sees
 * its own new Secret later than its own new status, as it may on a loaded machine.
 */
export async function requestsWithRecords(cluster: Cluster): Promise<number> {
  return new Set((await orderRecords(cluster)).map(({ spec }) => spec.requestRef.uid)).size
}

async function orderRecords(cluster: Cluster) {
  const { stdout } = await cluster.kubectl(['get', 'certificateorders', '--all-namespaces', '-o', 'json'])
  return orderList.parse(JSON.parse(stdout)).items
}

export interface Verified {
  /** Such as `EC P-256`. */
  readonly key: string
  readonly names: string
  /** A day. */
  readonly notAfter: string
  /** What `openssl verify` printed after the file's name: `OK`. */
  readonly verdict: string
}

/** Lets openssl judge the Secret's chain against the root. @throws with openssl's words, or when the key is another one's */
export async function verify(cluster: Cluster, { namespace, secretName }: Ordered, root: string): Promise<Verified> {
  const { stdout } = await cluster.kubectl(['get', 'secret', secretName, '--namespace', namespace, '-o', 'json'])
  const { data } = tlsSecret.parse(JSON.parse(stdout))
  const chain = Buffer.from(data['tls.crt'], 'base64').toString()
  const key = createPublicKey(Buffer.from(data['tls.key'], 'base64').toString())
  const verdict = await opensslVerify({ chain, root })
  const leaf = new X509Certificate(chain)
  if (!leaf.publicKey.equals(key)) throw new Error(`Secret ${namespace}/${secretName} holds another certificate's key`)
  const { kty, crv } = key.export({ format: 'jwk' })
  return {
    key: `${kty} ${crv ?? key.asymmetricKeyDetails?.modulusLength}`,
    names: leaf.subjectAltName?.replaceAll('DNS:', '') ?? '',
    notAfter: leaf.validToDate.toISOString().slice(0, 10),
    verdict: verdict.replace(/^.*: /, ''),
  }
}

// Kubeconfig files, written as JSON (which is YAML), and read through kubectl, which knows every form they take.
import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { KeyPair } from './pki.ts'

export interface Connection {
  readonly server: string
  /** PEM. */
  readonly ca: string
  /** Default namespace, as a Pod has one. */
  readonly namespace?: string
}

export type Credential = { readonly token: string } | { readonly tokenFile: string } | KeyPair

/** Only its owner may read it: it holds a key or a token. */
export async function writeKubeconfig(path: string, connection: Connection, credential: Credential): Promise<string> {
  const user =
    'token' in credential || 'tokenFile' in credential
      ? credential
      : { 'client-certificate-data': base64(credential.certificate), 'client-key-data': base64(credential.key) }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { server: connection.server, 'certificate-authority-data': base64(connection.ca) } },
    ],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: connection.namespace } }],
  }
  await writeFile(path, JSON.stringify(kubeconfig, null, 2), { mode: 0o600 })
  return path
}

const View = z.object({
  clusters: z.array(
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string().optional() }) }),
  ),
})

/** @param json what `kubectl config view --raw --minify --flatten -o json` prints */
export function connectionOf(json: string): Connection {
  const [entry] = View.parse(JSON.parse(json)).clusters
  if (entry === undefined) throw new Error('the kubeconfig has no current context')
  const ca = entry.cluster['certificate-authority-data']
  if (ca === undefined) throw new Error('the kubeconfig names no certificate authority')
  return { server: entry.cluster.server, ca: Buffer.from(ca, 'base64').toString() }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

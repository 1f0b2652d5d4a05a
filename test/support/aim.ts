// Manifests as they are written for Sectigo, aimed at the simulator: nothing else of them changes.
import { isMap, parseAllDocuments } from 'yaml'
import type { Simulator } from '../simulators/sectigo/simulator.ts'

/** Replaces the addresses of every issuer in a YAML stream, and lets it trust the simulator's server. */
export function aimedAt(simulator: Pick<Simulator, 'url' | 'tokenUrl' | 'caPem'>, yaml: string): string {
  const documents = parseAllDocuments(yaml)
  if (!Array.isArray(documents)) throw new Error('there is no manifest in it')
  for (const document of documents) {
    const [error] = document.errors
    if (error !== undefined) throw error
    if (!isMap(document.contents) || !ISSUER_KINDS.includes(String(document.get('kind')))) continue
    document.setIn(['spec', 'url'], simulator.url)
    document.setIn(['spec', 'tls', 'caBundle'], simulator.caPem)
    const tokenUrl = ['spec', 'auth', 'oauth2', 'tokenUrl']
    if (document.hasIn(tokenUrl)) document.setIn(tokenUrl, simulator.tokenUrl)
  }
  return documents.map(String).join('')
}

const ISSUER_KINDS = ['SectigoIssuer', 'SectigoClusterIssuer']

// Runs the real helm and kubectl over the chart and hands back what they made of it.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { run } from '../cluster/run.ts'
import { CHART } from './chart-files.ts'

/** A rendered object; what is below metadata depends on the kind. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [member: string]: unknown
}

export interface Release {
  /** Folder that holds `helm`. */
  readonly binaries: string
  readonly values?: object
  /** Default: the chart's own name. */
  readonly name?: string
  readonly namespace?: string
}

/** The Kubernetes version that a chart is rendered for when no cluster is asked. */
const KUBE_VERSION = '1.36.0'

/** What `helm template` prints. Throws helm's own message when the chart or a value is refused. */
export function renderText(release: Release): Promise<string> {
  return helm(release, ['template', '--kube-version', KUBE_VERSION])
}

/** The objects of the release; comments are lost. */
export async function render(release: Release): Promise<Manifest[]> {
  return parseManifests(await renderText(release))
}

/** The notes that a user reads after `helm install`. */
export async function renderNotes(release: Release): Promise<string> {
  const printed = await helm(release, ['install', '--dry-run=client'])
  return printed.slice(printed.indexOf('\nNOTES:\n') + '\nNOTES:\n'.length)
}

/** Runs `helm lint --strict`: throws unless it finds nothing, not even a warning. */
export async function lint(binaries: string): Promise<string> {
  const args = ['lint', '--strict', '--kube-version', KUBE_VERSION, fileURLToPath(CHART)]
  return (await run(join(binaries, 'helm'), args)).stdout
}

/** The objects of a YAML stream. Throws on a syntax error, and on a key that occurs twice in one mapping. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw error
    const manifest: Manifest | null = document.toJS()
    return manifest === null ? [] : [manifest]
  })
}

/** Lets the API server check `manifests` in every way short of storing them. Returns what kubectl prints. */
export async function serverDryRun(options: {
  readonly binaries: string
  readonly kubeconfig: string
  readonly manifests: string
}): Promise<string> {
  const apply = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict', '-f', '-']
  const args = ['--kubeconfig', options.kubeconfig, ...apply]
  return (await run(join(options.binaries, 'kubectl'), args, { input: options.manifests })).stdout
}

async function helm(release: Release, [verb = '', ...flags]: string[]): Promise<string> {
  const { binaries, name = 'certwright', namespace = 'certwright-system', values = {} } = release
  const args = [verb, name, fileURLToPath(CHART), '--namespace', namespace, '--values', '-', ...flags]
  return (await run(join(binaries, 'helm'), args, { input: JSON.stringify(values) })).stdout
}

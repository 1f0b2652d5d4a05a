// A release's whole life with the real helm: upgraded, uninstalled, installed again, and what must outlive it. And the
// definitions without a release, as kubectl applies them.
//
// The definitions belong to one release at a time, and other tests use the project's own. So these are copies of the chart and
// of crds/ whose definitions, and nothing else, are of another group.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { issuerSpec } from '../../src/api/sectigo-issuer.ts'
import { SMALLEST_ISSUER } from '../../src/api/testing/issuer-samples.ts'
import { CHART } from '../chart/chart-files.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { useCluster } from '../support/cluster.ts'
import { CRDS } from './crds-playground.ts'

const GROUP = 'chart-release-test.example'
const RELEASE = 'chart-release-test'
const ISSUER = `sectigoissuers.${GROUP}/kept`
const DEFINITIONS = ['sectigoissuers', 'sectigoclusterissuers', 'certificateorders'].map(
  (plural) => `${plural}.${GROUP}`,
)
/** What a release leaves to nobody. */
const OWN_KINDS =
  'deployment,service,serviceaccount,poddisruptionbudget,role,rolebinding,clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding'

const cluster = useCluster()
const copies: string[] = []
const chart = copyOf(fileURLToPath(CHART), join('templates', 'crds'))
const definitions = copyOf(CRDS, '.')

afterEach(async () => {
  await cluster.helm(['uninstall', RELEASE, '--namespace', RELEASE, '--ignore-not-found', '--wait'])
  await cluster.kubectl(['delete', 'crd', '--ignore-not-found', '--wait', ...DEFINITIONS])
})
afterAll(async () => {
  await cluster.kubectl(['delete', 'namespace', RELEASE, '--ignore-not-found', '--wait=false'])
  for (const copy of copies) rmSync(copy, { recursive: true })
})

/** A copy of a folder in which the definitions below `path` are of the other group. */
function copyOf(folder: string, path: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'chart-release-'))
  copies.push(copy)
  cpSync(folder, copy, { recursive: true })
  for (const file of readdirSync(join(copy, path))) {
    const text = readFileSync(join(copy, path, file), 'utf8')
    writeFileSync(join(copy, path, file), text.replaceAll('certwright.dev', GROUP))
  }
  return copy
}

const helm = (verb: string, ...flags: readonly string[]) =>
  cluster.helm([verb, RELEASE, chart, '--namespace', RELEASE, '--create-namespace', ...flags])

async function ownObjects(): Promise<readonly string[]> {
  const selector = ['--selector', `app.kubernetes.io/instance=${RELEASE}`]
  const { stdout } = await cluster.kubectl(['get', OWN_KINDS, '--all-namespaces', ...selector, '-o', 'name'])
  return stdout.split('\n').filter((line) => line !== '')
}

async function argsOfOperator(): Promise<string> {
  const path = 'jsonpath={.spec.template.spec.containers[0].args}'
  const { stdout } = await cluster.kubectl(['get', 'deployment', `${RELEASE}-certwright`, '-n', RELEASE, '-o', path])
  return stdout
}

/** Of the definitions and of an issuer of theirs: the same uid means that it was never gone. */
async function lastingUids(): Promise<readonly string[]> {
  const objects = [ISSUER, ...DEFINITIONS.map((name) => `crd/${name}`)]
  const path = 'jsonpath={.metadata.uid}'
  return Promise.all(
    objects.map(async (object) => (await cluster.kubectl(['get', object, '-n', RELEASE, '-o', path])).stdout),
  )
}

async function applyIssuer(): Promise<void> {
  const issuer = {
    apiVersion: `${GROUP}/v1alpha1`,
    kind: 'SectigoIssuer',
    metadata: { name: 'kept', namespace: RELEASE },
    spec: issuerSpec.parse(SMALLEST_ISSUER),
  }
  // A definition is there a moment before its resource can be reached.
  const applied = () => cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(issuer) })
  await waitUntil(applied, { what: 'the new kind to be served', timeoutMs: 120_000 })
}

describe('a release', () => {
  it('is upgraded in place, and outlived by the definitions and everything of their kinds', async () => {
    await helm('install')
    await applyIssuer()
    const uids = await lastingUids()
    const installed = await ownObjects()
    expect(installed).toContain(`deployment.apps/${RELEASE}-certwright`)
    expect(await argsOfOperator()).toContain('--workers=16')

    await helm('upgrade', '--set', 'workers=7', '--set', 'secretAccess.allNamespaces=false')
    expect(await argsOfOperator()).toContain('--workers=7')
    const upgraded = await ownObjects()
    expect(installed.filter((name) => !upgraded.includes(name))).toEqual([
      `clusterrole.rbac.authorization.k8s.io/${RELEASE}-certwright-credentials`,
      `clusterrolebinding.rbac.authorization.k8s.io/${RELEASE}-certwright-credentials`,
    ])

    await cluster.helm(['uninstall', RELEASE, '--namespace', RELEASE, '--wait'])
    expect(await ownObjects()).toEqual([])
    expect(await lastingUids()).toEqual(uids)

    await helm('install')
    expect(await ownObjects()).toEqual(installed)
    expect(await lastingUids()).toEqual(uids)
  })

  it('leaves definitions alone that kubectl applied, until it is told to take them', async () => {
    const apply = async (): Promise<readonly string[]> =>
      (await cluster.kubectl(['apply', '-f', definitions])).stdout.trim().split('\n')
    expect((await apply()).every((line) => line.endsWith(' created'))).toBe(true)
    expect((await apply()).every((line) => line.endsWith(' unchanged'))).toBe(true)
    await expect(helm('install')).rejects.toThrow(/ownership metadata/)
    await helm('install', '--set', 'crds.enabled=false')
    await applyIssuer()
    const uids = await lastingUids()
    await cluster.helm(['uninstall', RELEASE, '--namespace', RELEASE, '--wait'])
    await helm('install', '--take-ownership')
    expect(await lastingUids()).toEqual(uids)
  })
})

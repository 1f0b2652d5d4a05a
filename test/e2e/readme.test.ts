// README.md, followed word by word: its own commands and manifests, in its own order. A block that nobody runs becomes wrong.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { aimedAt } from '../support/aim.ts'
import { readmeBlocks } from '../support/readme.ts'
import { runShell } from '../support/shell.ts'
import { CLIENT, LOGIN, useWorld } from './world.ts'

const blocks = readmeBlocks().filter(({ language }) => language !== 'mermaid')
const marked = blocks.flatMap(({ name, ...block }) => (name === undefined ? [] : [{ name, ...block }]))

/** global-setup.ts has run it, with the simulator's address added. */
const RUN_BEFORE = ['install']

/** What a reader is told to see, by block. */
const SHOWN: Readonly<Record<string, readonly RegExp[]>> = {
  'issuer-ready': [/^public-ov /m, /public-ov condition met/],
  'ssl-ready': [/certificate.cert-manager.io\/web condition met/],
  'device-ready': [/certificate.cert-manager.io\/sensor condition met/],
  look: [
    /^NAME .* STATUS +AGE$/m,
    /^web-1 .* Certificate [0-9A-F]+ was issued as order \d+ /m,
    /^cr-\S+ +Issued +Issued +\d+ +sensor-1 +devices +True /m,
  ],
}

let cluster: Cluster
let simulator: ReturnType<typeof useWorld>['installation']['simulator']
beforeAll(async () => {
  const world = useWorld()
  cluster = world.cluster
  simulator = world.installation.simulator
  await removeAll({ wait: true })
})
afterAll(() => removeAll({ wait: false }))

/** What the README makes beside the release; its names are fixed, and a cluster may be used for a second run. */
async function removeAll({ wait }: { readonly wait: boolean }): Promise<void> {
  const remove = (...what: string[]) => cluster.kubectl(['delete', ...what, '--ignore-not-found', `--wait=${wait}`])
  await remove('namespace', 'shop')
  await remove('sectigoclusterissuer', 'devices')
  await remove('secret', 'scm-client', '--namespace', 'certwright')
}

async function carryOut({ language, code }: (typeof marked)[number]): Promise<string> {
  if (language === 'yaml') {
    return (await cluster.kubectl(['apply', '-f', '-'], { input: aimedAt(simulator, code) })).stdout
  }
  const { stdout, stderr } = await runShell(cluster, code, {
    SCM_PASSWORD: LOGIN.password,
    SCM_CLIENT_ID: CLIENT.clientId,
    SCM_CLIENT_SECRET: CLIENT.clientSecret,
  })
  return stdout + stderr
}

describe('README.md', () => {
  it('has no block that is not run', () => {
    const unmarked = blocks.filter(({ name }) => name === undefined).map(({ code }) => code.trim())
    expect(unmarked).toEqual(['npm run demo', 'npm test'])
    expect(new Set(marked.map(({ language }) => language))).toEqual(new Set(['sh', 'yaml']))
    const names = marked.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining([...RUN_BEFORE, ...Object.keys(SHOWN)]))
  })

  it.each(marked.filter(({ name }) => !RUN_BEFORE.includes(name)))('is right about $name', async (block) => {
    const output = await carryOut(block)
    for (const shown of SHOWN[block.name] ?? []) expect(output).toMatch(shown)
  })
})

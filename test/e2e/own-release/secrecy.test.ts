// No credential is ever shown: not in logs at debug level, not in events, conditions or metrics, however SCM answers.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Operator } from '../../cluster/operator.ts'
import { DEFAULT_CATALOGUE } from '../../simulators/sectigo/catalogue-defaults.ts'
import type { FaultRule } from '../../simulators/sectigo/faults.ts'
import { DEFAULT_SETTINGS } from '../../simulators/sectigo/settings.ts'
import { createCsr } from '../../support/pki.ts'
import { leaksIn, spellings } from '../canaries.ts'
import { type CertificateOrder, DEVICE_PROFILE, hasReason, issuer, isTrue, request, secret } from '../world.ts'
import { enrolment, LATE_MS } from './asked.ts'
import { type EchoServer, MANNERS, type MannerName, startEchoServer } from './echo-server.ts'
import { installOwnRelease, logged, type OwnRelease, showLogsOnFailure } from './own-release.ts'

/** With characters that JSON, URLs, forms, HTML and base64 each write in their own way. */
const CANARIES = {
  password: 'Can"ary\\pass+word/1=%&<p>',
  'client secret': 'Cli"ent\\sec+ret/2=%&<x>',
  // RFC 6750 2.1 allows no more than this.
  'access token': 'acc.ess-TOK_en~3+ca/nary==',
}
const LOGIN = { customerUri: 'acme', login: 'canary' }
const CLIENT_ID = 'canary-client'

let release: OwnRelease
let operator: Operator
let echo: EchoServer
let namespace: string

beforeAll(async () => {
  echo = await startEchoServer({ accessToken: CANARIES['access token'] })
  release = await installOwnRelease('secrecy', { values: ['logLevel=debug'], hosts: [echo.host] })
  const oauth2 = { clientId: CLIENT_ID, clientSecret: CANARIES['client secret'] }
  const [account] = DEFAULT_CATALOGUE.accounts
  if (account === undefined) throw new Error('the simulator has no account')
  const canary = { ...account, ...LOGIN, password: CANARIES.password, oauth2 }
  await release.simulator.control.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts, canary] })
  operator = await release.operator({ timeScale: 20 })
  namespace = await release.world.namespace('secrecy')
  await release.world.apply(secret(namespace, 'canaries', { password: CANARIES.password, ...oauth2 }))
})
afterAll(async () => {
  await release.uninstall()
  await echo[Symbol.asyncDispose]()
})

const byPassword = { password: { ...LOGIN, secretRef: { name: 'canaries' } } }
const byClient = (tokenUrl: string, name = 'canaries') => ({ oauth2: { tokenUrl, secretRef: { name } } })

function canaryIssuer(name: string, spec: Readonly<Record<string, unknown>>) {
  return issuer(release.world, { name, namespace }, { operatorClass: release.operatorClass, ...spec })
}

/** Issuers at the server that repeats everything, each with a login of its own: one that is refused is not tried again. */
function echoed(manner: MannerName) {
  const scm = `https://${echo.host}/${manner}`
  const name = `canaries-${manner.toLowerCase()}`
  const login = (suffix: string) => ({ customerUri: 'acme', login: `${manner}-${suffix}`, secretRef: { name } })
  const [password = '', client = '', token = ''] = echoedNames(manner)
  const clients = [client, token].map((clientId) =>
    secret(namespace, clientId, { clientId, clientSecret: CANARIES['client secret'] }),
  )
  const at = { url: `${scm}/api`, tls: { caBundle: echo.caPem } }
  return [
    secret(namespace, name, { password: CANARIES.password }),
    ...clients,
    canaryIssuer(password, { ...at, auth: { password: login('user') } }),
    canaryIssuer(client, { ...at, auth: byClient(`https://${echo.host}/token`, client) }),
    canaryIssuer(token, { ...at, auth: byClient(`${scm}/token`, token) }),
  ]
}

function echoedNames(manner: MannerName): readonly string[] {
  return ['password', 'client', 'token'].map((kind) => `echo-${manner.toLowerCase()}-${kind}`)
}

const READABLE =
  'sectigoissuers,certificateorders,certificaterequests,certificates,events,events.events.k8s.io,leases,configmaps'

/** Everything that people and programs may read, by where it is. */
async function everythingShown(): Promise<Readonly<Record<string, string>>> {
  const { cluster } = release.world
  const objectsIn = async (where: string): Promise<string> => {
    const { stdout } = await cluster.kubectl(['get', READABLE, '-n', where, '--show-managed-fields', '-o', 'json'])
    return `${stdout}\n${textsIn(JSON.parse(stdout)).join('\n')}`
  }
  const [objects, operatorObjects] = await Promise.all([namespace, release.namespace].map(objectsIn))
  const log = operator.logs()
  const logTexts = log.flatMap((line) => textsIn(line.startsWith('{') ? JSON.parse(line) : line))
  const metrics = await (await fetch(`${operator.metricsUrl}/metrics`)).text()
  return { objects: `${objects}${operatorObjects}`, log: [...log, ...logTexts].join('\n'), metrics }
}

/** Every text in a JSON value, names of fields included, without JSON's own spelling. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)])
}

async function expectNothingShown(): Promise<void> {
  for (const [where, text] of Object.entries(await everythingShown())) {
    expect(text, where).not.toBe('')
    expect({ where, leaks: leaksIn(text, CANARIES) }).toEqual({ where, leaks: [] })
  }
}

describe('the search itself', () => {
  it.each(Object.entries(CANARIES))('finds the %s in every spelling, and in pieces', (canary, value) => {
    for (const [spelling, spelt] of Object.entries(spellings(value))) {
      const shown = `it was ${spelt.slice(2, 10)}, they say`
      expect(leaksIn(shown, CANARIES), spelling).toContainEqual(expect.objectContaining({ canary }))
    }
    const sent = Buffer.from(`login:${value}`).toString('base64')
    expect(leaksIn(sent, CANARIES)).not.toEqual([])
    expect(leaksIn('nothing to see in this harmless sentence', CANARIES)).toEqual([])
  })
})

describe('credentials', () => {
  it('that SCM accepts are not shown when a certificate is issued', async () => {
    showLogsOnFailure(operator)
    const { world, simulator } = release
    // None of what follows is placed again, and so meets a bad answer that is meant for another request.
    const submission = { unknownOutcomeWait: '24h' }
    await world.apply(
      canaryIssuer('password', { auth: byPassword, submission }),
      canaryIssuer('client', {
        auth: byClient(simulator.tokenUrl),
        submission,
        ssl: undefined,
        device: { profile: { name: DEVICE_PROFILE } },
      }),
    )
    for (const name of ISSUERS) await world.ready('sectigoissuer', name, namespace, isTrue)
    const csr = await createCsr({ commonName: 'canary.acme.example', dns: ['canary.acme.example'] })
    await world.apply(
      ...ISSUERS.map((name) => request(namespace, `by-${name}`, csr.pem, { issuerRef: issuerRef(name) })),
    )
    for (const name of ISSUERS) await world.ready('certificaterequest', `by-${name}`, namespace, isTrue)
    // Said at debug level only: the log that is searched has everything.
    await logged(operator, '"msg":"SCM call"')
    await expectNothingShown()
  })

  describe.each([
    ['password', 'ssl', CANARIES.password],
    ['client', 'device', CANARIES['client secret']],
  ] as const)('that SCM repeats when it answers to orders are not shown (%s)', (name, product, canary) => {
    const everySpelling = Object.values(spellings(canary)).join(' ')
    const ask = async (...labels: readonly string[]): Promise<void> => {
      const { pem } = await createCsr({ commonName: `${name}.acme.example`, dns: [`${name}.acme.example`] })
      const named = labels.map((label) => request(namespace, `${name}-${label}`, pem, { issuerRef: issuerRef(name) }))
      await release.world.apply(...named)
    }
    const says = (label: string, words: string) =>
      release.world.ready('certificaterequest', `${name}-${label}`, namespace, ({ message }) => message.includes(words))
    afterEach(async () => {
      await release.simulator.control.clearFaults()
      await release.simulator.control.patchSettings(DEFAULT_SETTINGS)
    })

    it('in one spelling each', async () => {
      showLogsOnFailure(operator)
      const spelt = Object.values(spellings(canary))
      for (const text of spelt) {
        const body = { code: -138, description: `Invalid CSR. You sent ${text} as ${name}` }
        await release.simulator.control.addFault({ match: enrolment(product), times: 1, status: 400, body })
      }
      await ask(...spelt.map((_, number) => `refused-${number}`))
      for (const number of spelt.keys()) await says(`refused-${number}`, 'withheld')
      await expectNothingShown()
    })

    it('to an enrolment', async () => {
      showLogsOnFailure(operator)
      const answers: readonly [string, Partial<FaultRule>, string][] = [
        ['gateway', { status: 502, body: `<html><body>${everySpelling}</body></html>` }, 'OrderUnknown'],
        ['plain', { status: 500, body: everySpelling }, 'OrderUnknown'],
        ['half', { status: 200, body: { id: everySpelling } }, 'OrderUnknown'],
        ['term', { status: 400, body: { code: -36, description: everySpelling } }, 'withheld'],
      ]
      for (const [label, answer, words] of answers) {
        await release.simulator.control.addFault({ match: enrolment(product), times: 1, ...answer })
        await ask(label)
        await says(label, words)
      }
      await expectNothingShown()
    })

    it('to a question about an order', async () => {
      showLogsOnFailure(operator)
      const { control } = release.simulator
      const answers: readonly [string, string, Partial<FaultRule>, string][] = [
        ['look', '', { status: 500, body: everySpelling }, 'withheld'],
        ['state', '', { status: 200, body: { status: everySpelling, comments: everySpelling } }, 'OrderUnknown'],
        ['denied', 'collect/', { status: 400, body: { code: -37, description: everySpelling } }, 'withheld'],
        [
          'early',
          'collect/',
          { status: 400, body: { code: 0, description: `processing ${everySpelling}` } },
          'withheld',
        ],
        ['text', 'collect/', { status: 200, body: everySpelling }, 'Stalled'],
      ]
      await control.patchSettings({ issueDelayMs: 10 * LATE_MS })
      await ask(...answers.map(([label]) => label))
      for (const [label] of answers) await says(label, 'is "')
      const records = await release.world.list<CertificateOrder>('certificateorders', namespace)
      for (const [label, path, answer] of answers) {
        const record = records.find(({ spec }) => spec.requestRef.name === `${name}-${label}`)
        const id = record?.status?.remote?.id
        await control.addFault({ match: { path: `/api/${product}/v1/${path}${id}` }, ...answer })
        if (path !== '') await control.issue(Number(id))
      }
      for (const [label, , , words] of answers) await says(label, words)
      await expectNothingShown()
    })
  })

  it('that are repeated by whatever an issuer points at are not shown', async () => {
    showLogsOnFailure(operator)
    const { world } = release
    const manners = Object.keys(MANNERS) as MannerName[]
    await world.apply(...manners.flatMap(echoed))
    for (const name of manners.flatMap(echoedNames))
      await world.ready('sectigoissuer', name, namespace, ({ reason }) => reason !== 'Pending')
    for (const manner of manners) expect(echo.answered(manner), manner).toBeGreaterThanOrEqual(3)
    const { pem } = await createCsr({ commonName: 'echo.acme.example', dns: ['echo.acme.example'] })
    const ordering = echoedNames('scm').slice(0, 2)
    await world.apply(...ordering.map((name) => request(namespace, name, pem, { issuerRef: issuerRef(name) })))
    for (const name of ordering) await world.ready('certificaterequest', name, namespace, hasReason('Pending'))
    await expectNothingShown()
  })
})

const ISSUERS = ['password', 'client'] as const
const issuerRef = (name: string) => ({ group: 'certwright.dev', kind: 'SectigoIssuer', name })

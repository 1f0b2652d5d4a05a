// SCM counts failed logins and locks accounts: a credential that it refused is tried once, whoever names it, until it changes.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { KubeObject } from '../../src/kube/resource.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { anotherAccount, DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import { createAuthority, createCsr } from '../support/pki.ts'
import { leaksIn } from './canaries.ts'
import { everythingVisible, operatorCalls } from './evidence.ts'
import {
  DEVICE_PROFILE,
  hasReason,
  issuer,
  isTrue,
  LOGIN,
  request,
  type SectigoIssuer,
  type SharedWorld,
  secret,
  useWorld,
} from './world.ts'

const random = (): string => randomBytes(18).toString('base64')

/** Accounts of their own, so that every failed login of theirs is counted here. */
const PERSON = { customerUri: LOGIN.customerUri, login: 'unlucky', password: random() }
const CLIENT = { clientId: 'unlucky-client', clientSecret: random() }
const WRONG = random()
const WRONG_TOO = random()

let world: SharedWorld
beforeAll(async () => {
  world = useWorld()
  const accounts = [...DEFAULT_CATALOGUE.accounts, anotherAccount({ ...PERSON, oauth2: CLIENT })]
  await world.scm.patchCatalogue({ accounts })
})
afterEach(async () => {
  expect((await fetch(`${world.installation.healthUrl}/readyz`)).status).toBe(200)
})
afterAll(() => world.scm.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts] }))

async function failedLogins(name: string): Promise<number> {
  return (await world.scm.counters()).loginFailures[name] ?? 0
}

it('a wrong password costs one failed login, and the right one makes all its issuers Ready', async () => {
  const own = world.installation.namespace
  const [a, b] = [await world.namespace('login-a'), await world.namespace('login-b')]
  const shared = `login-${a}`
  const secrets = (password: string) => [
    secret(a, 'scm', { password }),
    // The same value, in another Secret.
    secret(b, 'scm', { password: `${password}\n` }),
    secret(own, shared, { password }),
  ]
  const { pem: unrelated } = await createAuthority({ name: 'Of no use here' })
  const users: readonly User[] = [
    { name: 'ssl', namespace: a },
    { name: 'again', namespace: a },
    { name: 'device', namespace: a, spec: { ssl: undefined, device: { profile: { name: DEVICE_PROFILE } } } },
    { name: 'trust', namespace: a, spec: { tls: { caBundle: world.installation.simulator.caPem + unrelated } } },
    { name: 'elsewhere', namespace: b },
    { name: shared },
  ]

  await world.apply(...secrets(WRONG), ...users.map(issuerOf))
  for (const user of users) await refused(user)
  expect(await failedLogins(PERSON.login)).toBe(1)
  expect(await world.ready('sectigoissuer', 'ssl', a, hasReason('CredentialsRefused'))).toMatchObject({
    message:
      `organization/v1: SCM refused the credentials (HTTP 401, code -16): Unknown user; the credentials are in Secret "${a}/scm" (spec.auth.password.secretRef). ` +
      'Correct them; nothing more is tried with the refused ones, because the CA locks accounts after failed logins.',
  })
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'ssl' }
  const { pem } = await createCsr({ dns: ['login.acme.example'] })
  await world.apply(request(a, 'waiting', pem, { issuerRef }))
  const waiting = await world.ready('certificaterequest', 'waiting', a, hasReason('Pending'))
  expect(waiting.message).toMatch(/^Waiting for SectigoIssuer "ssl" to become Ready: CredentialsRefused: /)

  // Another spec, another issuer of the same name, and the timer that reads the Secret again.
  const readsBefore = await readsOfSecrets(b)
  await world.cluster.kubectl(['delete', 'sectigoissuer', 'again', '--namespace', a])
  await world.apply(...users.map((user) => issuerOf({ ...user, spec: { ...user.spec, includeCA: false } })))
  for (const user of users) await refused(user)
  await waitUntil(async () => (await readsOfSecrets(b)) > readsBefore + 1, { what: 'the timer', timeoutMs: 60_000 })
  expect(await failedLogins(PERSON.login)).toBe(1)

  // Wrong in another way: one more, for all of them together.
  await world.apply(...secrets(WRONG_TOO))
  for (const user of users) await refused(user)
  expect(await failedLogins(PERSON.login)).toBe(2)

  await world.apply(...secrets(PERSON.password))
  for (const { name, namespace } of users) await world.ready(kindOf({ name, namespace }), name, namespace, isTrue)
  await world.ready('certificaterequest', 'waiting', a, isTrue)
  expect(await failedLogins(PERSON.login)).toBe(2)
  await world.cluster.kubectl(['delete', 'sectigoclusterissuer', shared])
})

it('a wrong client secret costs one failed login, and the right one makes its issuers Ready', async () => {
  const namespace = await world.namespace('client')
  const { tokenUrl } = world.installation.simulator
  const names = ['one', 'two', 'three']
  const auth = { oauth2: { tokenUrl, secretRef: { name: 'scm' } } }
  await world.apply(
    secret(namespace, 'scm', { ...CLIENT, clientSecret: WRONG }),
    ...names.map((name) => issuer(world, { name, namespace }, { auth })),
  )
  for (const name of names) {
    expect(await world.ready('sectigoissuer', name, namespace, hasReason('CredentialsRefused'))).toMatchObject({
      message: expect.stringContaining(
        'refused the client (HTTP 401); correct clientId and clientSecret; the credentials are in Secret ',
      ),
    })
  }
  expect(await failedLogins(CLIENT.clientId)).toBe(1)
  await world.apply(secret(namespace, 'scm', CLIENT))
  for (const name of names) await world.ready('sectigoissuer', name, namespace, isTrue)
  expect(await failedLogins(CLIENT.clientId)).toBe(1)
})

it('no credential, right or wrong, is shown to anybody', async () => {
  const { password } = PERSON
  const { clientSecret } = CLIENT
  const canaries = { password, clientSecret, wrong: WRONG, 'wrong too': WRONG_TOO }
  expect(leaksIn(await everythingVisible(world), canaries)).toEqual([])
})

/** An issuer by password; without a namespace of the whole cluster, with a Secret of its own name. */
interface User {
  readonly name: string
  readonly namespace?: string | undefined
  readonly spec?: Readonly<Record<string, unknown>>
}

const kindOf = ({ namespace }: User): string => (namespace === undefined ? 'sectigoclusterissuer' : 'sectigoissuer')
const secretOf = ({ name, namespace }: User): string => (namespace === undefined ? name : 'scm')

function issuerOf(user: User) {
  const { name, namespace, spec } = user
  const { customerUri, login } = PERSON
  const auth = { password: { customerUri, login, secretRef: { name: secretOf(user) } } }
  return issuer(world, namespace === undefined ? { name } : { name, namespace }, { auth, ...spec })
}

/** Waits until the issuer, as it is now, was refused with its Secret, as it is now. */
async function refused(user: User): Promise<void> {
  const { name, namespace } = user
  const seen = async (): Promise<boolean> => {
    const secretNamespace = namespace ?? world.installation.namespace
    const held = await world.get<KubeObject>('secret', secretOf(user), secretNamespace)
    const found = await world.get<SectigoIssuer>(kindOf(user), name, namespace)
    const { credentials, observedGeneration, conditions } = found?.status ?? {}
    return (
      conditions?.[0]?.reason === 'CredentialsRefused' &&
      observedGeneration === found?.metadata.generation &&
      credentials?.refusedSecretVersion === held?.metadata.resourceVersion
    )
  }
  await waitUntil(seen, { what: `${kindOf(user)} ${name} to be refused`, timeoutMs: 60_000 })
}

async function readsOfSecrets(namespace: string): Promise<number> {
  return (await operatorCalls(world, { namespace })).filter((call) => call === 'get secrets').length
}

// Whatever people get wrong in an issuer and what it names: the status says which field and what helps, nothing is bought,
// nothing crashes, no credential shows.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Condition } from '../../src/kube/resource.ts'
import { anotherAccount, DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import { createAuthority, createCsr } from '../support/pki.ts'
import { leaksIn } from './canaries.ts'
import { enrolments, everythingVisible } from './evidence.ts'
import { type CertificateOrder, issuer, isTrue, LOGIN, request, type SharedWorld, secret, useWorld } from './world.ts'

/** An account of its own with a random password: its pieces are in no other text. */
const CANARY = { customerUri: LOGIN.customerUri, login: 'canary', password: randomBytes(18).toString('base64') }

let world: SharedWorld
let namespace: string
let enrolledBefore: number
beforeAll(async () => {
  world = useWorld()
  await world.scm.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts, anotherAccount(CANARY)] })
  namespace = await world.namespace('bad')
  await world.apply(
    secret(namespace, 'scm', { password: CANARY.password }),
    secret(namespace, 'nobody', { password: 'Simulated-Password-4!' }),
    secret(namespace, 'other-key', { passwd: CANARY.password }),
    secret(namespace, 'two-lines', { password: CANARY.password.replace(/^.{9}/, '$&\n') }),
    secret(namespace, 'newline', { password: `${CANARY.password}\n` }),
  )
  enrolledBefore = await enrolments(world)
})
afterEach(async () => {
  expect((await fetch(`${world.installation.healthUrl}/readyz`)).status).toBe(200)
})
afterAll(() => world.scm.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts] }))

const password = (more: { readonly login?: string; readonly secret?: string }): object => ({
  password: {
    customerUri: CANARY.customerUri,
    login: more.login ?? CANARY.login,
    secretRef: { name: more.secret ?? 'scm' },
  },
})

/** Applies a spec, with a request for the issuer, and waits until both say why nothing happens. */
async function refusedIssuer(name: string, spec: object): Promise<Condition> {
  const { pem } = await createCsr({ dns: [`${name}.acme.example`] })
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name }
  await world.apply(
    issuer(world, { name, namespace }, { auth: password({}), ...spec }),
    request(namespace, name, pem, { issuerRef }),
  )
  const condition = await world.ready('sectigoissuer', name, namespace, ({ status }) => status === 'False')
  const waiting = `Waiting for SectigoIssuer "${name}" to become Ready: ${condition.reason}: ${condition.message}`
  await world.ready(
    'certificaterequest',
    name,
    namespace,
    ({ reason, message }) => reason === 'Pending' && message === waiting,
  )
  return condition
}

describe('an issuer is not Ready, its requests wait, and both say why, with', () => {
  it.concurrent.each<[string, string, object, string, string]>([
    [
      'a profile name that SCM does not know',
      'profile-name',
      { ssl: { profile: { name: 'OV SSL 919' } } },
      'ProfileNotFound',
      'profile "OV SSL 919" is not offered to organization 8928; offered are "OV SSL 199" (5170), "DV SSL 90" (5171). ' +
        'Correct the profile in spec.ssl, spec.device or spec.client, or have it enabled for this organization.',
    ],
    [
      'a profile id that SCM does not know',
      'profile-id',
      { ssl: { profile: { id: 5984 } } },
      'ProfileNotFound',
      'profile 5984 is not offered to organization 8928; offered are "OV SSL 199" (5170), "DV SSL 90" (5171). ' +
        'Correct the profile in spec.ssl, spec.device or spec.client, or have it enabled for this organization.',
    ],
    [
      'an organization that SCM does not know',
      'organization',
      { orgId: 8899 },
      'OrganizationNotFound',
      'orgId 8899 is no organization or department of this account; it sees 8928 (Acme Ltd), 8929 (Platform), 8930 (Shop), 8950 (Acme without API). ' +
        'Correct spec.orgId or spec.organization; a department administrator must use the id of the department.',
    ],
    [
      'an account that sees nothing',
      'nobody',
      { auth: password({ login: 'nobody', secret: 'nobody' }) },
      'OrganizationNotFound',
      'orgId 8928 is no organization or department of this account; it sees none, so its role in SCM lacks one. ' +
        'Correct spec.orgId or spec.organization; a department administrator must use the id of the department.',
    ],
    [
      'an organization that may not order over the API',
      'no-api',
      { orgId: 8950 },
      'AccessDenied',
      '"Enable Web/REST API" is not ticked in the SSL certificate settings of Acme without API (8950) in SCM. ' +
        "Give the account's role the rights it lacks, or tick the named checkbox in the organization's settings.",
    ],
    [
      'a key that its Secret does not have',
      'missing-key',
      { auth: password({ secret: 'other-key' }) },
      'SecretKeyMissing',
      'Secret "NS/other-key" (spec.auth.password.secretRef) has no value under the key "password". ' +
        'Put the value there; the issuer is checked again by itself.',
    ],
    [
      'a line break inside the password',
      'two-lines',
      { auth: password({ secret: 'two-lines' }) },
      'SecretKeyMissing',
      'Secret "NS/two-lines" (spec.auth.password.secretRef) has control characters inside the value under the key "password". ' +
        'Put the value there; the issuer is checked again by itself.',
    ],
    [
      'a host that the operator may not connect to',
      'foreign-host',
      { url: 'https://kubernetes.default.svc/api' },
      'HostNotAllowed',
      'spec.url: the host kubernetes.default.svc is not one that this operator may connect to. ' +
        'Correct it, or ask the platform team to add it to --allowed-hosts (chart value extraAllowedHosts).',
    ],
    [
      'a token endpoint that the operator may not connect to',
      'foreign-token-host',
      { auth: { oauth2: { tokenUrl: 'https://auth.sso.example/token', secretRef: { name: 'scm' } } } },
      'HostNotAllowed',
      'spec.auth.oauth2.tokenUrl: the host auth.sso.example is not one that this operator may connect to. ' +
        'Correct it, or ask the platform team to add it to --allowed-hosts (chart value extraAllowedHosts).',
    ],
    [
      'the address of a cloud’s metadata as one number',
      'metadata',
      { url: 'https://2852039166/latest' },
      'HostNotAllowed',
      'spec.url: the host 169.254.169.254 is not one that this operator may connect to. ' +
        'Correct it, or ask the platform team to add it to --allowed-hosts (chart value extraAllowedHosts).',
    ],
    [
      'that address inside one of IPv6',
      'metadata-v6',
      { url: 'https://[::ffff:169.254.169.254]/latest' },
      'HostNotAllowed',
      'spec.url: the host [::ffff:a9fe:a9fe] is not one that this operator may connect to. ' +
        'Correct it, or ask the platform team to add it to --allowed-hosts (chart value extraAllowedHosts).',
    ],
    [
      'a proxy of its own',
      'own-proxy',
      { proxy: { url: 'http://169.254.169.254' } },
      'ProxyNotAllowed',
      'spec.proxy.url: the proxy 169.254.169.254 is not one that this operator may use. ' +
        'Correct it, or ask the platform team to add it to --allowed-proxies (chart value allowedProxies).',
    ],
    [
      'a URL that is none',
      'no-url',
      { url: 'https://cert-manager.com:99999/api' },
      'HostNotAllowed',
      'spec.url is not a URL. Correct it, or ask the platform team to add it to --allowed-hosts (chart value extraAllowedHosts).',
    ],
    [
      'a CA bundle that is not there',
      'missing-bundle',
      { tls: { caBundleRef: { kind: 'ConfigMap', name: 'corp-ca' } } },
      'CABundleNotFound',
      'ConfigMap "NS/corp-ca" (spec.tls.caBundleRef) does not exist. Create it, or correct spec.tls.caBundleRef.',
    ],
    [
      'a CA bundle that is no certificate',
      'garbled-bundle',
      { tls: { caBundle: '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n' } },
      'CABundleInvalid',
      'certificate 1 of spec.tls.caBundle cannot be read. ' +
        'Put the PEM certificates of the CA that signed the server certificate there.',
    ],
  ])('%s', async (_case, name, spec, reason, message) => {
    expect(await refusedIssuer(name, spec)).toMatchObject({ reason, message: message.replaceAll('NS', namespace) })
  })

  it.concurrent('a CA bundle of another CA', async () => {
    const { pem: caBundle } = await createAuthority({ name: 'Somebody else' })
    expect(await refusedIssuer('wrong-bundle', { tls: { caBundle } })).toMatchObject({
      reason: 'TLSFailed',
      message: 'organization/v1: TLS: certificate not trusted. Check spec.url and, behind a private CA, spec.tls.',
    })
  })

  it.concurrent('a Secret that is missing, until it is there', async () => {
    expect(await refusedIssuer('missing-secret', { auth: password({ secret: 'later' }) })).toMatchObject({
      reason: 'SecretNotFound',
      message:
        `Secret "${namespace}/later" (spec.auth.password.secretRef) does not exist. ` +
        'Create the Secret; the issuer is checked again by itself.',
    })
    await world.cluster.kubectl(['delete', 'certificaterequest', 'missing-secret', '--namespace', namespace])
    await world.apply(secret(namespace, 'later', { password: CANARY.password }))
    await world.ready('sectigoissuer', 'missing-secret', namespace, isTrue)
  })

  it('nothing ordered, and no record of an order', async () => {
    expect(await world.list<CertificateOrder>('certificateorders', namespace)).toEqual([])
    expect(await enrolments(world)).toBe(enrolledBefore)
  })
})

describe('an issuer', () => {
  it('with http in place of https is refused by the API server', async () => {
    const spec = { url: world.installation.simulator.url.replace('https:', 'http:') }
    await expect(world.apply(issuer(world, { name: 'http', namespace }, spec))).rejects.toThrow(
      /spec\.url: Invalid value: .* '\^https/s,
    )
  })

  it('whose Secret ends in a newline, as `echo` writes it, is Ready', async () => {
    await world.apply(issuer(world, { name: 'newline', namespace }, { auth: password({ secret: 'newline' }) }))
    await world.ready('sectigoissuer', 'newline', namespace, isTrue)
  })
})

it('shows no credential to anybody', async () => {
  expect(leaksIn(await everythingVisible(world), { password: CANARY.password })).toEqual([])
})

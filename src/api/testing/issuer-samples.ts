// Issuer specs, good and bad, in one table for both judges: zod in the unit tests, the API server in the integration tests.

/** `refusal` is a piece of the API server's message; absent: the spec is valid. */
export interface Sample {
  readonly title: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly refusal?: string
}

const password = { customerUri: 'acme', login: 'api-user', secretRef: { name: 'scm' } }
const clientCertificate = { customerUri: 'acme', login: 'api-user', secretRef: { name: 'scm-mtls' } }
const oauth2 = {
  tokenUrl: 'https://auth.sso.sectigo.com/auth/realms/apiclients/protocol/openid-connect/token',
  secretRef: { name: 'scm-oauth' },
}
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

/** As little as an issuer can say. */
export const SMALLEST_ISSUER = {
  url: 'https://cert-manager.com/api',
  auth: { password },
  orgId: 8928,
  ssl: { profile: { name: 'OV SSL 199' } },
} as const

/** Every field set. */
export const LARGEST_ISSUER = {
  url: 'https://scm.example:8443/api',
  auth: {
    oauth2: { ...oauth2, secretRef: { name: 'scm-oauth', clientIdKey: 'id', clientSecretKey: 'secret' } },
  },
  orgId: 1,
  ssl: {
    profile: { id: 5170 },
    term: { policy: 'Exact', days: 199 },
    subjectAltNames: 'None',
    externalRequester: ['pki@acme.example', 'ops@acme.example'],
    dcv: { mode: 'EMAIL', email: 'admin@acme.example' },
  },
  customFields: [{ name: 'cost-centre', value: '4711' }],
  allow: { dnsZones: ['acme.example', 'xn--bcher-kva.example'] },
  overrides: { allow: ['term', 'customFields', 'externalRequester', 'comments'] },
  tls: { caBundleRef: { kind: 'ConfigMap', name: 'corp-ca', key: 'bundle.pem' } },
  proxy: {
    url: 'http://proxy:3128',
    secretRef: { name: 'proxy', usernameKey: 'user', passwordKey: 'pass' },
  },
  limits: { requestsPerSecond: 100, concurrentRequests: 64 },
  budget: { ordersPerDay: 1_000_000, perNamespacePerDay: 1, openOrders: 7 },
  submission: { unknownOutcomeWait: '1h30m' },
  deadlines: { processing: '24h', approval: '8760h' },
  onRequestDeleted: 'Decline',
  includeCA: false,
  operatorClass: 'blue',
} as const

const withPassword = (change: object): object => ({ auth: { password: { ...password, ...change } } })
const withPerson = (change: object): object => ({
  ssl: undefined,
  client: { profile: { id: 7 }, person: { firstName: 'Ada', lastName: 'Byron', ...change } },
})
const withSsl = (change: object): object => ({ ssl: { ...SMALLEST_ISSUER.ssl, ...change } })

const withZone = (zone: string): object => ({ allow: { dnsZones: [zone] } })
const withSelector = (namespaceSelector: object): object => ({ allow: { namespaceSelector } })
const withRequirement = (requirement: object): object => withSelector({ matchExpressions: [requirement] })
const VALUES_FOR_IN = 'values are set for In and NotIn, and only for them'

const HOST_PORT_PATH = 'must be a host, with a port and a path where needed, without user, query or fragment'

const cases: readonly (readonly [title: string, change: object, refusal?: string])[] = [
  ['as little as can be said', {}],
  ['every field', LARGEST_ISSUER],
  ['an address and a port', { url: 'https://127.0.0.1:8443' }],
  ['an IPv6 address', { url: 'https://[::1]:8443/api' }],
  ['http', { url: 'http://cert-manager.com/api' }, "spec.url in body should match '^https://'"],
  ['no scheme', { url: 'cert-manager.com/api' }, "spec.url in body should match '^https://'"],
  ['a password in the url', { url: 'https://api:pw@cert-manager.com/api' }, HOST_PORT_PATH],
  ['a query in the url', { url: 'https://cert-manager.com/api?x=1' }, HOST_PORT_PATH],
  ['a fragment in the url', { url: 'https://cert-manager.com/api#x' }, HOST_PORT_PATH],
  ['a blank in the url', { url: 'https://cert-manager.com/a pi' }, HOST_PORT_PATH],
  ['a line break after the url', { url: 'https://cert-manager.com/api\n' }, HOST_PORT_PATH],
  ['no host in the url', { url: 'https:///api' }, HOST_PORT_PATH],
  ['a url of 512 characters', { url: `https://h/${'a'.repeat(502)}` }],
  ['a url of 513 characters', { url: `https://h/${'a'.repeat(503)}` }, 'may not be more than 512'],

  ['OAuth 2.0', { auth: { oauth2 } }],
  ['a client certificate', { auth: { clientCertificate } }],
  [
    'a client certificate without a login',
    { auth: { clientCertificate: { ...clientCertificate, login: undefined } } },
    'spec.auth.clientCertificate.login: Required value',
  ],
  ['two ways to log in', { auth: { password, oauth2 } }, 'set exactly one of password, clientCertificate, oauth2'],
  ['no way to log in', { auth: {} }, 'set exactly one of password, clientCertificate, oauth2'],
  ['no auth', { auth: undefined }, 'spec.auth: Required value'],
  ['a login from the Secret', { auth: { password: { customerUri: 'acme', secretRef: { name: 'scm' } } } }],
  ['a login with an inner blank', withPassword({ login: 'api user' })],
  ['a login with a line break', withPassword({ login: 'api\nuser' }), 'spec.auth.password.login in body should match'],
  ['a login that ends in a blank', withPassword({ login: 'api ' }), 'spec.auth.password.login in body should match'],
  ['an empty customer', withPassword({ customerUri: '' }), 'spec.auth.password.customerUri in body should'],
  [
    'a Secret in another namespace',
    withPassword({ secretRef: { name: 'other/scm' } }),
    'secretRef.name in body should match',
  ],
  ['no Secret', withPassword({ secretRef: {} }), 'secretRef.name: Required value'],
  [
    'a key that cannot be',
    withPassword({ secretRef: { name: 'scm', passwordKey: 'a b' } }),
    'passwordKey in body should match',
  ],
  [
    'http for tokens',
    { auth: { oauth2: { ...oauth2, tokenUrl: 'http://auth.example/token' } } },
    "spec.auth.oauth2.tokenUrl in body should match '^https://'",
  ],

  ['no organization', { orgId: undefined }, 'set exactly one of orgId, organization'],
  ['an organization by its name', { orgId: undefined, organization: { name: 'Acme' } }],
  ['a department', { orgId: undefined, organization: { name: 'Acme', department: 'Shop' } }],
  ['an organization twice', { organization: { name: 'Acme' } }, 'set exactly one of orgId, organization'],
  [
    'a department without its organization',
    { orgId: undefined, organization: { department: 'Shop' } },
    'spec.organization.name: Required value',
  ],
  ['organization 0', { orgId: 0 }, 'should be greater than or equal to 1'],
  ['a name for orgId', { orgId: 'Acme' }, 'must be of type integer'],
  ['half an organization', { orgId: 1.5 }, 'must be of type integer'],

  ['a device', { ssl: undefined, device: { profile: { id: 7 }, term: { policy: 'Longest' } } }],
  ['two products', { device: { profile: { id: 7 } } }, 'set exactly one of ssl, device, client'],
  ['no product', { ssl: undefined }, 'set exactly one of ssl, device, client'],
  ['a profile by id and name', withSsl({ profile: { id: 7, name: 'OV' } }), 'set exactly one of id, name'],
  ['no profile', withSsl({ profile: {} }), 'set exactly one of id, name'],
  ['a default term', withSsl({ term: { days: 90 } })],
  ['a term of no days', withSsl({ term: { days: 0 } }), 'should be greater than or equal to 1'],
  ['an unknown term policy', withSsl({ term: { policy: 'Best' } }), 'Unsupported value: "Best"'],
  ['an unknown choice of names', withSsl({ subjectAltNames: 'All' }), 'Unsupported value: "All"'],

  ['external requesters', withSsl({ externalRequester: ['a@acme.example', 'b@acme.example'] })],
  [
    'two external requesters in one',
    withSsl({ externalRequester: ['a@acme.example, b@acme.example'] }),
    'externalRequester[0] in body should match',
  ],
  [
    'external requesters that are too long together',
    withSsl({ externalRequester: Array.from({ length: 5 }, (_, n) => `${'a'.repeat(100)}${n}@acme.example`) }),
    'may not be longer than 512 characters',
  ],
  ['domain validation with each order', withSsl({ dcv: { mode: 'CNAME' } })],
  ['domain validation by mail', withSsl({ dcv: { mode: 'EMAIL', email: 'a@acme.example' } })],
  ['domain validation by mail to nobody', withSsl({ dcv: { mode: 'EMAIL' } }), 'email is set for mode EMAIL'],
  ['domain validation by the DNS connector', { auth: { oauth2 }, ...withSsl({ dcv: { mode: 'AUTO' } }) }],
  ['the same by password', withSsl({ dcv: { mode: 'AUTO' } }), 'ssl.dcv.mode AUTO needs auth.oauth2'],
  ['an unknown kind of validation', withSsl({ dcv: { mode: 'Cname' } }), 'Unsupported value: "Cname"'],
  [
    'optional fields of a device',
    {
      ssl: undefined,
      device: {
        profile: { id: 7 },
        optionalFields: [
          { name: 'dnsName', value: 'a' },
          { name: 'dnsName', value: 'b' },
        ],
      },
    },
  ],
  [
    'an optional field that SCM does not know',
    { ssl: undefined, device: { profile: { id: 7 }, optionalFields: [{ name: 'dns', value: 'a' }] } },
    'Unsupported value: "dns"',
  ],
  ['a person', withPerson({})],
  [
    'a person with everything',
    withPerson({
      email: 'ada@acme.example',
      middleName: 'K.',
      phone: '+49 (89) 1-2#x',
      secondaryEmails: ['countess@acme.example'],
      commonName: 'Ada',
      eppn: 'ada@acme.example',
      upn: 'ada@acme.example',
    }),
  ],
  ['a person without a last name', withPerson({ lastName: undefined }), 'person.lastName: Required value'],
  ['a person with a long name', withPerson({ middleName: 'x'.repeat(55) }), 'may not be longer than 64 characters'],
  ['a person whose name just fits', withPerson({ middleName: 'x'.repeat(54) })],
  ['a mail address without a host', withPerson({ email: 'ada' }), 'person.email in body should match'],
  ['a telephone number in words', withPerson({ phone: 'five' }), 'person.phone in body should match'],
  ['custom fields', { customFields: [{ name: 'cost centre', value: '4711' }] }],
  [
    'a custom field without a value',
    { customFields: [{ name: 'cost centre', value: '' }] },
    'customFields[0].value in body should be at least 1 chars long',
  ],

  ['nothing about who may ask', { allow: {} }],
  ['a zone of one label', withZone('corp')],
  ['an IDN zone', withZone('xn--bcher-kva.example')],
  ['no zones', { allow: { dnsZones: [] } }, 'spec.allow.dnsZones in body should have at least 1 items'],
  ['an empty zone', withZone(''), 'spec.allow.dnsZones[0] in body should be at least 1'],
  ...[
    'Acme.example',
    '*.acme.example',
    'acme.example.',
    '.acme.example',
    'a..b',
    'bücher.example',
    'acme.example\n',
  ].map(
    (zone) =>
      [`a zone ${JSON.stringify(zone)}`, withZone(zone), 'spec.allow.dnsZones[0] in body should match'] as const,
  ),
  ['a selector of all namespaces', withSelector({})],
  [
    'a selector with all operators',
    withSelector({
      matchLabels: { 'kubernetes.io/metadata.name': 'shop', empty: '' },
      matchExpressions: [
        { key: 'team', operator: 'In', values: ['shop', ''] },
        { key: 'example.com/stage', operator: 'NotIn', values: ['test'] },
        { key: 'owner', operator: 'Exists' },
        { key: 'closed', operator: 'DoesNotExist', values: [] },
      ],
    }),
  ],
  [
    'a label that no namespace can have',
    withSelector({ matchLabels: { team: 'a b' } }),
    'matchLabels.team in body should',
  ],
  [
    'a key that is no label',
    withRequirement({ key: 'a b', operator: 'Exists' }),
    'matchExpressions[0].key in body should',
  ],
  ['an unknown operator', withRequirement({ key: 'team', operator: 'Is' }), 'Unsupported value: "Is"'],
  ['In without values', withRequirement({ key: 'team', operator: 'In' }), VALUES_FOR_IN],
  ['NotIn without values', withRequirement({ key: 'team', operator: 'NotIn', values: [] }), VALUES_FOR_IN],
  ['Exists with values', withRequirement({ key: 'team', operator: 'Exists', values: ['a'] }), VALUES_FOR_IN],
  ['nothing to choose', { overrides: { allow: [] } }],
  ['a term to choose', { overrides: { allow: ['term'] } }],
  ['overrides without a list', { overrides: {} }, 'spec.overrides.allow: Required value'],
  ['an unknown choice', { overrides: { allow: ['url'] } }, 'Unsupported value: "url"'],
  [
    'external requesters to choose for a device',
    { ssl: undefined, device: { profile: { id: 7 } }, overrides: { allow: ['externalRequester'] } },
    'overrides.allow has externalRequester only for ssl',
  ],

  ['a bundle in the spec', { tls: { caBundle: PEM } }],
  ['a bundle in a Secret', { tls: { caBundleRef: { kind: 'Secret', name: 'ca' } } }],
  ['an empty tls block', { tls: {} }],
  [
    'two bundles',
    { tls: { caBundle: PEM, caBundleRef: { kind: 'ConfigMap', name: 'ca' } } },
    'set at most one of caBundle, caBundleRef',
  ],
  ['a bundle in base64', { tls: { caBundle: Buffer.from(PEM).toString('base64') } }, 'should match'],
  ['a bundle of another kind', { tls: { caBundleRef: { kind: 'Pod', name: 'ca' } } }, 'Unsupported value: "Pod"'],

  ['a proxy with a login', { proxy: { url: 'http://proxy:3128', secretRef: { name: 'proxy' } } }],
  ['an https proxy', { proxy: { url: 'https://proxy.example:3128' } }],
  ['a socks proxy', { proxy: { url: 'socks5://proxy:1080' } }, "spec.proxy.url in body should match '^https?://'"],
  ['a password in the proxy', { proxy: { url: 'http://u:p@proxy:3128' } }, HOST_PORT_PATH],
  ['one of the limits', { limits: { requestsPerSecond: 1 } }],
  ['no requests', { limits: { requestsPerSecond: 0 } }, 'should be greater than or equal to 1'],
  ['too many requests', { limits: { requestsPerSecond: 101 } }, 'should be less than or equal to 100'],
  ['too many at a time', { limits: { concurrentRequests: 65 } }, 'should be less than or equal to 64'],
  ['one part of the budget', { budget: { openOrders: 1 } }],
  ['a budget of nothing', { budget: { ordersPerDay: 0 } }, 'should be greater than or equal to 1'],
  ['a budget without end', { budget: { perNamespacePerDay: 1_000_001 } }, 'should be less than or equal to 1000000'],
  ['the shortest deadline', { deadlines: { approval: '60s' } }],
  ['a deadline that is too short', { deadlines: { approval: '59s' } }, 'must be between 1m and 8760h'],
  ['a deadline that is too long', { deadlines: { processing: '8760h1s' } }, 'must be between 1m and 8760h'],
  ['a deadline in days', { deadlines: { processing: '7d' } }, 'spec.deadlines.processing in body should match'],
  [
    'a deadline without a unit',
    { deadlines: { processing: '3600' } },
    'spec.deadlines.processing in body should match',
  ],
  ['an empty wait', { submission: { unknownOutcomeWait: '' } }, 'unknownOutcomeWait in body should be at least 1'],
  ['an unknown end of an order', { onRequestDeleted: 'Revoke' }, 'Unsupported value: "Revoke"'],
  ['includeCA as a text', { includeCA: 'yes' }, 'must be of type boolean'],
  ['an operator class with capitals', { operatorClass: 'Blue' }, 'spec.operatorClass in body should match'],
  ['an operator class of 64 characters', { operatorClass: 'a'.repeat(64) }, 'may not be more than 63'],
]

export const ISSUER_SAMPLES: readonly Sample[] = cases.map(([title, change, refusal]) => {
  const spec: Record<string, unknown> = title === 'every field' ? { ...change } : { ...SMALLEST_ISSUER, ...change }
  // Absent, as in YAML. A present field without a value is not JSON.
  for (const [field, value] of Object.entries(spec)) if (value === undefined) delete spec[field]
  return { title, spec, ...(refusal !== undefined && { refusal }) }
})

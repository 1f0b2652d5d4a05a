// How an issuer reaches its server: trust, proxy and pace. Shared by every kind that talks to a server.
import { z } from 'zod'
import { atMostOneOf } from './rules.ts'
import { dataKey, objectName, text, url } from './scalars.ts'

/** Characters of PEM: some thirty CA certificates. A larger bundle belongs in a ConfigMap. */
const CA_BUNDLE_LENGTH = 65_536

const REQUESTS_PER_SECOND = { least: 1, most: 100, usual: 5 }
const CONCURRENT_REQUESTS = { least: 1, most: 64, usual: 4 }

const caBundleRef = z.object({
  kind: z.enum(['ConfigMap', 'Secret']).describe('What holds the certificates.'),
  name: objectName().describe('Its name. It is read from where the credentials are read.'),
  key: dataKey().default('ca.crt').describe('The key that holds the certificates, in PEM.'),
})

/** Which CAs may vouch for the server. */
export const tls = atMostOneOf(
  z.object({
    caBundle: text(CA_BUNDLE_LENGTH)
      .regex(/-----BEGIN CERTIFICATE-----/)
      .exactOptional()
      .describe("CA certificates in PEM that may vouch for the server, in place of the system's."),
    caBundleRef: caBundleRef
      .exactOptional()
      .describe(
        "A ConfigMap or Secret with CA certificates in PEM that may vouch for the server, in place of the system's.",
      ),
  }),
  ['caBundle', 'caBundleRef'],
)

const proxySecretRef = z.object({
  name: objectName().describe('Its name. It is read from where the credentials are read.'),
  usernameKey: dataKey().default('username').describe('Key of the Secret that holds the user name.'),
  passwordKey: dataKey().default('password').describe('Key of the Secret that holds the password.'),
})

/** The way out of the cluster. */
export const proxy = z.object({
  url: url('https?').describe('Address of the HTTP proxy, such as http://proxy.example:3128.'),
  secretRef: proxySecretRef
    .exactOptional()
    .describe('The Secret with user name and password, for a proxy that asks for them (Basic).'),
})

/** How hard the server is asked. */
export const limits = z.object({
  requestsPerSecond: z
    .int()
    .min(REQUESTS_PER_SECOND.least)
    .max(REQUESTS_PER_SECOND.most)
    .default(REQUESTS_PER_SECOND.usual)
    .describe('At most so many requests begin in one second.'),
  concurrentRequests: z
    .int()
    .min(CONCURRENT_REQUESTS.least)
    .max(CONCURRENT_REQUESTS.most)
    .default(CONCURRENT_REQUESTS.usual)
    .describe('At most so many requests are under way at a time.'),
})

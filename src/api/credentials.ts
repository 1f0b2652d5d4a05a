// How an issuer proves who it is: shared by every kind that logs in to a server. Secrets hold only what is secret, and a
// Secret made for another tool can be used as it is, because the names of its keys can be given.
import { z } from 'zod'
import { exactlyOneOf } from './rules.ts'
import { dataKey, objectName, url, visibleText } from './scalars.ts'

/** Far longer than any customer URI or login seen; both travel in HTTP headers. */
const CUSTOMER_URI_LENGTH = 128
const LOGIN_LENGTH = 256

const secretName = (): z.ZodString =>
  objectName().describe(
    "Name of the Secret. It is read from the issuer's namespace; for a cluster-wide issuer from the operator's cluster resource namespace.",
  )

const passwordSecretRef = z.object({
  name: secretName(),
  passwordKey: dataKey().default('password').describe('Key of the Secret that holds the password.'),
  loginKey: dataKey()
    .default('login')
    .describe('Key of the Secret that holds the login name. Read only when login is not given.'),
})

const clientSecretRef = z.object({
  name: secretName(),
  clientIdKey: dataKey().default('clientId').describe('Key of the Secret that holds the client id.'),
  clientSecretKey: dataKey().default('clientSecret').describe('Key of the Secret that holds the client secret.'),
})

const certificateSecretRef = z.object({
  name: secretName(),
  certificateKey: dataKey()
    .default('tls.crt')
    .describe('Key of the Secret that holds the certificate in PEM, with whatever chain it needs.'),
  privateKeyKey: dataKey()
    .default('tls.key')
    .describe('Key of the Secret that holds the private key in PEM, without a passphrase.'),
})

const customerUri = (): z.ZodString =>
  visibleText(CUSTOMER_URI_LENGTH).describe(
    "The customer's part of the login page's address: acme in https://cert-manager.com/customer/acme.",
  )

const password = z.object({
  customerUri: customerUri(),
  login: visibleText(LOGIN_LENGTH)
    .exactOptional()
    .describe('Login name of the API user. Without it, the login name is read from the Secret.'),
  secretRef: passwordSecretRef.describe('The Secret with the password.'),
})

const clientCertificate = z.object({
  customerUri: customerUri(),
  login: visibleText(LOGIN_LENGTH).describe(
    'Login name of the API user, in whose account the serial number of the certificate is entered.',
  ),
  secretRef: certificateSecretRef.describe(
    'The Secret with certificate and private key, such as one of type kubernetes.io/tls.',
  ),
})

const oauth2 = z.object({
  tokenUrl: url('https').describe('Where tokens are had: the https address of the OAuth 2.0 token endpoint.'),
  secretRef: clientSecretRef.describe('The Secret with the client id and the client secret.'),
})

/** Exactly one way to log in. */
export const auth = exactlyOneOf(
  z.object({
    password: password.exactOptional().describe('Log in as an API user, with customer URI, login name and password.'),
    clientCertificate: clientCertificate
      .exactOptional()
      .describe('Log in as an API user with a TLS client certificate. Requests then go to /private/api.'),
    oauth2: oauth2.exactOptional().describe('Log in as an OAuth 2.0 API client (client credentials grant).'),
  }),
  ['password', 'clientCertificate', 'oauth2'],
)

// The keys and certificates of one throwaway control plane.
import { randomBytes, webcrypto } from 'node:crypto'
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface ControlPlanePki {
  /** Signs everything here; also what the controller manager signs CertificateSigningRequests with. */
  readonly ca: KeyPair
  readonly apiServer: KeyPair
  /** A member of system:masters. */
  readonly admin: KeyPair
  readonly controllerManager: KeyPair
  /** Signs and checks ServiceAccount tokens. */
  readonly serviceAccounts: { readonly publicKey: string; readonly key: string }
}

const KEYS = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' }
const DAY_MS = 86_400_000
/** Longer than a development cluster is kept. */
const VALID_DAYS = 90

const API_SERVER_NAMES: readonly JsonGeneralName[] = [
  ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((value) => dns(value)),
  dns('kubernetes.default.svc.cluster.local'),
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '10.0.0.1' },
]

export async function createPki(): Promise<ControlPlanePki> {
  const caKeys = await generateKeys()
  const caCertificate = await sign(
    { subject: 'CN=test-cluster', keys: caKeys, issuer: 'CN=test-cluster', issuerKeys: caKeys },
    [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  )
  const leaf = async (
    subject: string,
    usage: ExtendedKeyUsage,
    names: readonly JsonGeneralName[] = [],
  ): Promise<KeyPair> => {
    const keys = await generateKeys()
    const certificate = await sign({ subject, keys, issuer: 'CN=test-cluster', issuerKeys: caKeys }, [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension([...names])] : []),
    ])
    return { certificate: certificate.toString('pem'), key: await privatePem(keys) }
  }
  const tokens = await generateKeys()
  return {
    ca: { certificate: caCertificate.toString('pem'), key: await privatePem(caKeys) },
    apiServer: await leaf('CN=kube-apiserver', ExtendedKeyUsage.serverAuth, API_SERVER_NAMES),
    admin: await leaf('O=system:masters, CN=admin', ExtendedKeyUsage.clientAuth),
    controllerManager: await leaf('CN=system:kube-controller-manager', ExtendedKeyUsage.clientAuth),
    serviceAccounts: {
      publicKey: PemConverter.encode(await webcrypto.subtle.exportKey('spki', tokens.publicKey), 'PUBLIC KEY'),
      key: await privatePem(tokens),
    },
  }
}

interface Signing {
  readonly subject: string
  readonly keys: CryptoKeyPair
  readonly issuer: string
  readonly issuerKeys: CryptoKeyPair
}

function sign({ subject, keys, issuer, issuerKeys }: Signing, extensions: Extension[]): Promise<X509Certificate> {
  const now = Date.now()
  return X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    subject,
    issuer,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + VALID_DAYS * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: issuerKeys.privateKey,
    signingAlgorithm: SIGNATURE,
    extensions,
  })
}

type CryptoKeyPair = webcrypto.CryptoKeyPair

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify'])
}

/** PKCS#8: what every Kubernetes program reads. */
async function privatePem(keys: CryptoKeyPair): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
}

function dns(value: string): JsonGeneralName {
  return { type: 'dns', value }
}

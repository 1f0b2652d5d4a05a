// Which issuers a changed Secret or ConfigMap concerns. Pure.
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'

/** Does the issuer name this Secret, for its login, its proxy or as its CA bundle? */
export function namesSecret({ spec }: SectigoIssuer, secret: string): boolean {
  const { auth, tls, proxy } = spec
  const bundle = tls?.caBundleRef
  return (
    auth.password?.secretRef.name === secret ||
    auth.clientCertificate?.secretRef.name === secret ||
    auth.oauth2?.secretRef.name === secret ||
    proxy?.secretRef?.name === secret ||
    (bundle?.kind === 'Secret' && bundle.name === secret)
  )
}

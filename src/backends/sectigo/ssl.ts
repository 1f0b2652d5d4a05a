// SSL orders: enrol (seed 004 L1252-1342), list (L698-790).
import { isIP } from 'node:net'
import { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { csrText, type Product, type SubjectAltNames } from './product.ts'
import { numeric, optional, remoteId } from './schemas.ts'

export const ssl: Product = {
  name: 'ssl',
  enrolBody({ target, csr, comments, subjectAltNames }) {
    const names = subjAltNames(csr, subjectAltNames)
    return {
      orgId: numeric(target.organization),
      csr: csrText(csr),
      ...(names === '' ? {} : { subjAltNames: names }),
      certType: numeric(target.profile),
      ...(target.term === undefined ? {} : { term: target.term }),
      comments,
    }
  },
  // `renewId` is in no other answer (L1331-1342).
  enrolAnswer: z
    .object({ sslId: remoteId, renewId: optional(z.string().max(255)) })
    .transform(({ sslId, renewId }) => ({ id: sslId, attributes: renewId ? { renewId } : {} })),
  search(target, csr) {
    const within = { orgId: target.organization, sslTypeId: target.profile }
    if (csr.commonName) return { query: { ...within, commonName: csr.commonName }, by: `common name ${csr.commonName}` }
    const name = csr.names.find(({ type }) => type === 'dns')?.value
    if (name === undefined) return { reason: 'the CSR has neither a common name nor a DNS name to search by' }
    return { query: { ...within, subjectAlternativeName: name }, by: `name ${name}` }
  },
  listRow: z.object({ sslId: remoteId }).transform(({ sslId }) => sslId),
}

/**
 * The comma-separated string of enrol (an array is refused): DNS names and addresses, each once. Names that are only in
 * the CSR were seen to be lost, so they are always sent unless the issuer says `None`.
 */
export function subjAltNames(csr: CertificateSigningRequest, mode: SubjectAltNames): string {
  if (mode === 'None') return ''
  const names = csr.names.filter(({ type }) => type === 'dns' || type === 'ip').map(({ value }) => value)
  const commonName = csr.commonName ?? ''
  const distinct = new Map<string, string>()
  if (mode === 'IncludeCommonName' && isHostName(commonName)) distinct.set(commonName.toLowerCase(), commonName)
  for (const name of names) if (!distinct.has(name.toLowerCase())) distinct.set(name.toLowerCase(), name)
  if (mode === 'ExcludeCommonName') distinct.delete(commonName.toLowerCase())
  return [...distinct.values()].join(',')
}

/** A common name such as "Payments, EU" is no name of a host, and its comma would split it. */
function isHostName(name: string): boolean {
  return isIP(name) !== 0 || /^(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name)
}

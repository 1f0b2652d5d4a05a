// SSL orders: enrol (seed 004 L1252-1342), list (L698-790), decline (L1766-1815), revoke (L2181-2210).
import { isIP } from 'node:net'
import { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { fixed, withId } from './call.ts'
import { distinctNames, sharedBody } from './enrol-body.ts'
import { attributesOf, type Product, spellings } from './product.ts'
import { optional, remoteId } from './schemas.ts'
import type { SslSettings, SubjectAltNames } from './settings.ts'

export function sslProduct(settings: SslSettings): Product {
  const { subjectAltNames = 'ExcludeCommonName', dcv } = settings
  return {
    name: 'ssl',
    carries: ['dns', 'ip'],
    apiFlag: { field: 'sslCertsApiEnabled', tab: 'SSL certificate settings' },
    types: fixed('ssl/v1/types'),
    customFields: fixed('ssl/v1/customFields'),
    enrol: fixed('ssl/v1/enroll'),
    enrolBody(input) {
      const names = subjAltNames(input.csr, subjectAltNames)
      const externalRequester = input.externalRequester ?? settings.externalRequester ?? []
      return {
        ...sharedBody(input),
        ...(names === '' ? {} : { subjAltNames: names }),
        // Comma and blank, as the table writes it (L1293).
        ...(externalRequester.length === 0 ? {} : { externalRequester: externalRequester.join(', ') }),
        ...(dcv === undefined ? {} : { dcvMode: dcv.mode }),
        ...(dcv?.email === undefined ? {} : { dcvEmail: dcv.email }),
      }
    },
    // `renewId` is in no other answer (L1331-1342).
    enrolAnswer: z
      .object({ sslId: remoteId, renewId: optional(z.string().max(255)) })
      .transform(({ sslId, renewId }) => ({ id: sslId, attributes: attributesOf({ renewId }) })),
    details: ({ id }) => withId('ssl/v1', id),
    collect: ({ id }) => withId('ssl/v1/collect', id),
    decline: ({ id }) => withId('ssl/v1/decline', id),
    revoke: ({ id }) => withId('ssl/v1/revoke', id),
    list: fixed('ssl/v1'),
    listRow: z.object({ sslId: remoteId }).transform(({ sslId }) => ({ id: sslId })),
    search({ organization, profile }, { commonName, names }) {
      const within = { orgId: organization, sslTypeId: profile }
      const values = names.map(({ value }) => value)
      if (commonName) {
        const asked = [commonName, ...values]
        const by = `common name ${commonName}`
        return { within, names: spellings('commonName', commonName), by, commonNames: [commonName], asked }
      }
      const name = names.find(({ type }) => type === 'dns')?.value
      const rest = { within, commonNames: [], asked: values }
      if (name === undefined) return { ...rest, names: [], by: `profile ${profile}` }
      return { ...rest, names: spellings('subjectAlternativeName', name), by: `name ${name}` }
    },
    report: { ...fixed('report/v1/ssl-certificates'), byCommonName: true },
  }
}

/**
 * The comma-separated string of enrol (an array is refused): DNS names and addresses, each once. Names that are only in
 * the CSR were seen to be lost, so they are always sent unless the issuer says `None`.
 */
export function subjAltNames(csr: CertificateSigningRequest, mode: SubjectAltNames): string {
  if (mode === 'None') return ''
  const names = csr.names.filter(({ type }) => type === 'dns' || type === 'ip').map(({ value }) => value)
  const { commonName = '' } = csr
  if (mode === 'ExcludeCommonName') return distinctNames(names, commonName).join(',')
  return distinctNames(isHostName(commonName) ? [commonName, ...names] : names).join(',')
}

/** A common name such as "Payments, EU" is no name of a host, and its comma would split it. */
function isHostName(name: string): boolean {
  return isIP(name) !== 0 || /^(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name)
}

// Device orders: enrol (seed 004 L4435-4510), list (L4169-4296). No field for names: they come from the CSR.
import { z } from 'zod'
import { csrText, type Product } from './product.ts'
import { numeric, optional, remoteId } from './schemas.ts'

export const device: Product = {
  name: 'device',
  enrolBody({ target, csr, comments }) {
    return {
      orgId: numeric(target.organization),
      csr: csrText(csr),
      certType: numeric(target.profile),
      ...(target.term === undefined ? {} : { term: target.term }),
      comments,
    }
  },
  // `orderNumber`: "Currently identical to deviceCertId" (L4501), and all that older instances give.
  enrolAnswer: z
    .object({ deviceCertId: optional(remoteId), orderNumber: optional(remoteId) })
    .transform(({ deviceCertId, orderNumber }) => deviceCertId ?? orderNumber)
    .pipe(z.string())
    .transform((id) => ({ id, attributes: {} })),
  // No filter by other names exists. SCM keeps a common name of its own for orders whose CSR has none (L4169-4296), so
  // filtering by a guess could miss the order; then the whole profile is searched, within the bound of every search.
  search(target, csr) {
    const within = { orgId: target.organization, certTypeId: target.profile }
    if (csr.commonName) return { query: { ...within, commonName: csr.commonName }, by: `common name ${csr.commonName}` }
    return { query: within, by: `profile ${target.profile}` }
  },
  listRow: z.object({ id: remoteId }).transform(({ id }) => id),
}

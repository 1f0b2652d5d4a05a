// Device orders: enrol (seed 004 L4435-4510), list (L4169-4296), decline (L4742-4787), revoke (L4788-4875). No field for
// names: they come from the CSR, or from `optionalFields`.
import { z } from 'zod'
import { fixed, withId } from './call.ts'
import { sharedBody } from './enrol-body.ts'
import { type Product, spellings } from './product.ts'
import { optional, remoteId } from './schemas.ts'
import type { DeviceSettings } from './settings.ts'

export function deviceProduct({ optionalFields = [] }: DeviceSettings): Product {
  return {
    name: 'device',
    carries: ['dns', 'ip', 'email', 'uri'],
    types: fixed('device/v1/types'),
    customFields: fixed('device/v1/customFields'),
    enrol: fixed('device/v1/enroll'),
    enrolBody(input) {
      return {
        ...sharedBody(input),
        ...(optionalFields.length === 0
          ? {}
          : { optionalFields: optionalFields.map(({ name, value }) => ({ name, value })) }),
      }
    },
    // `orderNumber`: "Currently identical to deviceCertId" (L4501), and all that older instances give.
    enrolAnswer: z
      .object({ deviceCertId: optional(remoteId), orderNumber: optional(remoteId) })
      .transform(({ deviceCertId, orderNumber }) => deviceCertId ?? orderNumber)
      .pipe(z.string())
      .transform((id) => ({ id, attributes: {} })),
    details: ({ id }) => withId('device/v1', id),
    collect: ({ id }) => withId('device/v1/collect', id),
    decline: ({ id }) => withId('device/v1/decline', id),
    // The path says "order", the parameter is the id of the certificate (L4789).
    revoke: ({ id }) => withId('device/v1/revoke/order', id),
    list: fixed('device/v1'),
    listRow: z.object({ id: remoteId }),
    // No filter by other names exists. SCM keeps a common name of its own (L4169-4296): which one, when the CSR and the
    // optional fields differ, is not stated, so both are looked for; what it is when the CSR has none, nobody knows, so
    // then the whole profile is searched, within the bound of every search.
    search({ organization, profile }, { commonName, names }) {
      const within = { orgId: organization, certTypeId: profile }
      const sent = optionalFields.map(({ value }) => value)
      const values = [...names.map(({ value }) => value), ...sent]
      if (!commonName) {
        return { within, names: [], by: `profile ${profile}`, commonNames: [], asked: values }
      }
      const given = optionalFields.filter(({ name }) => name === 'commonName').map(({ value }) => value)
      const commonNames = [...new Set([commonName, ...given])]
      const by = `common name ${commonNames.join(' or ')}`
      const filters = commonNames.flatMap((name) => spellings('commonName', name))
      return { within, names: filters, by, commonNames, asked: [commonName, ...values] }
    },
    report: { ...fixed('report/v1/device-certificates'), byCommonName: false },
  }
}

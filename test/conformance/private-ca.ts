// The simulator's private CA without its HTTP: what it makes of a CSR, for tests of the validations.
import { createCertificateAuthority } from '../simulators/sectigo/ca.ts'
import { DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import { parseCsr } from '../simulators/sectigo/csr.ts'
import { leafTemplate } from '../simulators/sectigo/leaf.ts'
import { deviceNames } from '../simulators/sectigo/names.ts'
import { DEFAULT_SETTINGS } from '../simulators/sectigo/settings.ts'
import { PRIVATE_PROFILE } from './features.ts'

export interface PrivateCa {
  readonly rootPem: string
  /** Leaf and intermediate. `term`: days. */
  sign(csrPem: string, term: number): Promise<string>
}

export async function createPrivateCa(): Promise<PrivateCa> {
  const issuedAt = Date.now()
  const ca = await createCertificateAuthority({ keyType: 'EC', at: issuedAt })
  const [organization] = DEFAULT_CATALOGUE.organizations
  if (organization === undefined) throw new Error('the simulator has no organization')
  return {
    rootPem: ca.rootPem,
    async sign(csrPem, term) {
      const csr = await parseCsr(csrPem, DEFAULT_SETTINGS)
      const { commonName } = csr
      const names = deviceNames(csr, [])
      const order = { csr, profile: PRIVATE_PROFILE, organization, commonName, names, term, issuedAt }
      return (await ca.sign(leafTemplate(order))).pem + ca.intermediatePem
    },
  }
}

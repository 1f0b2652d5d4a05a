// Something about an issuer's settings keeps the CA from being asked at all.
import type { SettingProblem } from '../issuance/issuer-status.ts'

export class IssuerProblem extends Error {
  override readonly name = 'IssuerProblem'
  readonly reason: SettingProblem

  constructor(reason: SettingProblem, message: string) {
    super(message)
    this.reason = reason
  }
}

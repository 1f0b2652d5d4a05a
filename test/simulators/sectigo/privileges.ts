// What an account may do and see. The document lists privileges and roles (seed 004 L11850-11901), not what it answers without.
import type { Account, Privilege, Product, Role } from './catalogue.ts'
import { refuse } from './errors.ts'
import type { AccountCall } from './router.ts'

const MANAGE: Readonly<Record<Product, Privilege>> = {
  ssl: 'sslManage',
  device: 'deviceManage',
  client: 'clientCertManage',
}
const ROLE_SUFFIX: Readonly<Record<Product, string>> = { ssl: '_SSL', device: '_DEVICE', client: '_SMIME' }

/** @throws ScmError -25, -3 or -37, as the `privilegeAnswer` setting says. */
export function requirePrivilege({ account, context }: AccountCall, privilege: Privilege): void {
  if (account.privileges.includes(privilege)) return
  throw refuse(context.settings.privilegeAnswer, privilege)
}

/** The privilege to change what is kept of certificates. @throws as `requirePrivilege`. */
export function requireManagement(call: AccountCall, product: Product): void {
  requirePrivilege(call, MANAGE[product])
}

/** Does one of the account's roles have to do with this kind of certificate? Others see nothing of it (seed 004 L21). */
export function seesProduct(account: Account, product: Product): boolean {
  const roles: readonly Role[] = account.roles ?? ['MRAO']
  return roles.some((role) => role === 'MRAO' || role.endsWith(ROLE_SUFFIX[product]))
}

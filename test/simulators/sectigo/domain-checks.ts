// What SCM asks of the names of a public SSL order: delegated and validated domains, short terms for local names.
import { BlockList } from 'node:net'
import type { x509 } from './asn1.ts'
import type { Catalogue, Domain, Profile } from './catalogue.ts'
import { inScope } from './catalogue.ts'
import type { Context } from './context.ts'
import { refuse } from './errors.ts'

type Name = x509.JsonGeneralName

/** Names nobody can prove control of: RFC 6761, RFC 6762, RFC 8375 and the customary ones of private networks. */
const LOCAL_SUFFIXES = ['local', 'localhost', 'internal', 'intranet', 'lan', 'corp', 'home.arpa', 'test']
const PRIVATE_ADDRESSES = new BlockList()
PRIVATE_ADDRESSES.addSubnet('10.0.0.0', 8)
PRIVATE_ADDRESSES.addSubnet('172.16.0.0', 12)
PRIVATE_ADDRESSES.addSubnet('192.168.0.0', 16)
PRIVATE_ADDRESSES.addSubnet('127.0.0.0', 8)
PRIVATE_ADDRESSES.addSubnet('169.254.0.0', 16)
PRIVATE_ADDRESSES.addSubnet('fc00::', 7, 'ipv6')
PRIVATE_ADDRESSES.addSubnet('fe80::', 10, 'ipv6')
PRIVATE_ADDRESSES.addAddress('::1', 'ipv6')

/**
 * Checks of a public order's names, in the order a person would meet them. A private CA asks for nothing.
 * @throws ScmError -164 local name with a long term; with `domainChecks` -1010 not delegated, -715 suspended, and -107, -737
 * or -1137 not validated.
 */
export function checkNames(
  context: Context,
  order: { readonly names: readonly Name[]; readonly profile: Profile; readonly term: number; readonly orgId: number },
): void {
  if (order.profile.echoSubject) return
  const { settings, catalogue } = context
  if (order.term > settings.localNameTermDays && order.names.some(isLocal)) {
    throw refuse('localName', `${settings.localNameTermDays} days`)
  }
  if (!settings.domainChecks) return
  const names = order.names.filter((name) => name.type === 'dns').map((name) => name.value)
  const domains = names.map((name) => domainFor(catalogue, name, order.orgId))
  const open = domains.filter(({ dcvStatus }) => settings.dcv === 'prevalidated' && dcvStatus !== 'VALIDATED')
  if (open.length > 0) throw refuse(settings.dcvRefusal, [...new Set(open.map(({ name }) => name))].join(', '))
}

function domainFor(catalogue: Catalogue, name: string, orgId: number): Domain {
  const domain = findDomain(catalogue, name.replace(/^\*\./, ''))
  if (!domain || !inScope(catalogue, domain.delegatedTo, orgId)) throw refuse('domainNotAllowed', name)
  if (domain.state === 'SUSPENDED') throw refuse('domainInactive', domain.name)
  return domain
}

/** The longest domain that holds the name. */
function findDomain({ domains }: Catalogue, name: string): Domain | undefined {
  const holding = domains.filter((domain) => name === domain.name || name.endsWith(`.${domain.name}`))
  return holding.toSorted((a, b) => b.name.length - a.name.length)[0]
}

function isLocal({ type, value }: Name): boolean {
  if (type === 'ip') return PRIVATE_ADDRESSES.check(value, value.includes(':') ? 'ipv6' : 'ipv4')
  if (type !== 'dns') return false
  return !value.includes('.') || LOCAL_SUFFIXES.some((suffix) => value.endsWith(`.${suffix}`))
}

// What SCM asks of the names of a public SSL order: delegated and validated domains, short terms for local names.
import { BlockList } from 'node:net'
import type { x509 } from './asn1.ts'
import type { Catalogue, Profile } from './catalogue.ts'
import { inScope } from './catalogue.ts'
import type { Context } from './context.ts'
import type { Domain, RequestPrivilege } from './domain.ts'
import { holds } from './domain.ts'
import { currentDomains } from './domain-time.ts'
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
  const { settings } = context
  if (order.term > settings.localNameTermDays && order.names.some(isLocal)) {
    throw refuse('localName', `${settings.localNameTermDays} days`)
  }
  if (!settings.domainChecks) return
  const names = order.names.filter((name) => name.type === 'dns').map((name) => name.value)
  const domains = names.map((name) => domainFor(context, name, order.orgId))
  const open = domains.filter(({ dcvStatus }) => settings.dcv === 'prevalidated' && dcvStatus !== 'VALIDATED')
  if (open.length > 0) throw refuse(settings.dcvRefusal, [...new Set(open.map(({ name }) => name))].join(', '))
}

function domainFor(context: Context, name: string, orgId: number): Domain {
  const domain = findDomain(currentDomains(context), name)
  if (!domain || !mayUse(context.catalogue, domain, name, orgId)) throw refuse('domainNotAllowed', name)
  if (domain.state === 'SUSPENDED') throw refuse('domainInactive', domain.name)
  return domain
}

/** The longest domain that holds the name; one with a star is for that name alone. */
function findDomain(domains: readonly Domain[], name: string): Domain | undefined {
  const holding = domains.filter((domain) => holds(domain, name))
  return holding.toSorted((a, b) => b.name.length - a.name.length)[0]
}

/** By an approved delegation for SSL and for this kind of name (seed 004 L13704-13716). */
function mayUse(catalogue: Catalogue, { name: domain, delegations }: Domain, name: string, orgId: number): boolean {
  const privilege = privilegeFor(domain, name)
  return delegations.some(
    (one) =>
      one.status === 'ACTIVE' &&
      one.certTypes.includes('SSL') &&
      one.domainCertificateRequestPrivileges.includes(privilege) &&
      inScope(catalogue, [one.orgId], orgId),
  )
}

/** What each of the four is for is not stated but in its name. */
function privilegeFor(domain: string, name: string): RequestPrivilege {
  if (name === domain) return 'DOMAIN'
  if (!name.startsWith('*.')) return 'SUBDOMAIN'
  return name === `*.${domain}` ? 'WILDCARD_1ST_LEVEL' : 'WILDCARD_2ND_LEVEL'
}

function isLocal({ type, value }: Name): boolean {
  if (type === 'ip') return PRIVATE_ADDRESSES.check(value, value.includes(':') ? 'ipv6' : 'ipv4')
  if (type !== 'dns') return false
  return !value.includes('.') || LOCAL_SUFFIXES.some((suffix) => value.endsWith(`.${suffix}`))
}

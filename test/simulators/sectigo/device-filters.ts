// Filters of the device list, by name (seed 004 L4172-4200). No SAN, no requester name, no comments.
import { refuse } from './errors.ts'
import { plainWord } from './flavour.ts'
import type { Filter } from './listing.ts'
import { sameSerial } from './listing.ts'
import { keyFilters } from './ssl-filters.ts'

/** Seed 004 L4183. Deprecated words stand for their successors. */
const STATUSES: Readonly<Record<string, string>> = {
  requested: 'requested',
  approved: 'approved',
  declined: 'declined',
  applied: 'applied',
  issued: 'issued',
  downloaded: 'issued',
  expired: 'expired',
  revoked: 'revoked',
  rejected: 'rejected',
  awaitingapproval: 'requested',
}

export const DEVICE_FILTERS: Readonly<Record<string, Filter>> = {
  commonName: (order, wanted, matches) => matches(order.commonName, wanted),
  email: (order, wanted, matches) => matches(order.account.email, wanted),
  status: (order, wanted) => {
    const word = STATUSES[plainWord(wanted)]
    if (word === undefined) throw refuse('fieldValue', 'status')
    return plainWord(order.status) === word
  },
  orgId: (order, wanted) => String(order.orgId) === wanted,
  certTypeId: (order, wanted) => String(order.profile.id) === wanted,
  serialNumber: sameSerial,
  backendCertId: (order, wanted) => order.backendCertId === wanted,
  ...keyFilters,
}

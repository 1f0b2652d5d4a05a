// The examples of "Domains", seed 004 L13572-13989, in the order of the document.

import { DEPARTMENT, delegationTo, domainOfTwo, newDomain, requestedDomain, validatedByMail } from './domain-given.ts'
import type { Example } from './example.ts'
import { example, JSON_UTF8, TOTAL_COUNT } from './example.ts'

const type = JSON_UTF8
const MONITORING = { bucketId: '4ea7a8f7-819b-499d-b9a8-599bf88cfa38', enabled: true, includeSubdomains: true }

export const DOMAIN_EXAMPLES: readonly Example[] = [
  example(13591, 'list', 'GET /domain/v1?size=10&position=0', {
    status: 200,
    headers: TOTAL_COUNT,
    answer: [{ id: 'number', name: 'string' }],
  }),
  example(13631, 'count', 'GET /domain/v1/count?size=10&position=0', { status: 200, answer: { count: 'number' } }),
  example(13653, 'details of a validated domain', 'GET /domain/v1/{id}', {
    given: async (world) => {
      const { domain = '' } = await validatedByMail(world)
      const { domains } = await world.simulator.control.catalogue()
      const id = domains.find(({ name }) => name === domain)?.id ?? 0
      await world.make('PUT', `/domain/v1/${id}/monitoring`, MONITORING)
      return { id }
    },
    status: 200,
    answer: {
      id: 'number',
      name: 'string',
      delegationStatus: '=ACTIVE',
      state: '=ACTIVE',
      validationStatus: '=VALIDATED',
      validationMethod: '=EMAIL',
      dcvValidation: 'ISO date',
      dcvExpiration: 'ISO date',
      delegations: [
        {
          orgId: 'number',
          certTypes: ['UPPER WORD'],
          domainCertificateRequestPrivileges: ['string'],
          status: '=ACTIVE',
        },
      ],
      ctLogMonitoring: { bucketId: 'string', enabled: 'boolean', includeSubdomains: 'boolean' },
    },
    notes:
      'The table writes the status of the validation as Not validated, Validated, Expired (L13674), the example in capitals; ' +
      'and it has the monitoring twice, flat and nested (L13686-13701).',
  }),
  example(13768, 'a new domain', 'POST /domain/v1', {
    type,
    body: (_, { orgId }) => ({
      name: 'example.edu',
      description: 'a new domain',
      active: true,
      ctLogMonitoring: MONITORING,
      delegations: [delegationTo(orgId)],
    }),
    status: 201,
    headers: { location: /\/api\/domain\/v1\/\d+$/ },
  }),
  example(13804, 'monitoring of certificate logs', 'PUT /domain/v1/{id}/monitoring', {
    type,
    given: newDomain,
    body: () => MONITORING,
    status: 200,
  }),
  example(13825, 'a domain deleted', 'DELETE /domain/v1/{id}', { given: newDomain, status: 204 }),
  example(13838, 'activate', 'PUT /domain/v1/{id}/activate', { given: newDomain, status: 200 }),
  example(13851, 'suspend', 'PUT /domain/v1/{id}/suspend', { given: newDomain, status: 200 }),
  example(13879, 'delegate', 'POST /domain/v1/{id}/delegation', {
    type,
    given: newDomain,
    body: () => delegationTo(DEPARTMENT),
    status: 200,
  }),
  example(13908, 'delegate many', 'POST /domain/v1/delegation', {
    type,
    given: newDomain,
    body: ({ id }) => ({ domainIds: [id], ...delegationTo(DEPARTMENT, ['SMIME', 'BrandIndicator', 'SSL']) }),
    status: 200,
  }),
  example(13938, 'a delegation taken away', 'DELETE /domain/v1/{id}/delegation', {
    type,
    given: domainOfTwo,
    body: () => delegationTo(DEPARTMENT),
    status: 200,
  }),
  example(13960, 'approve a delegation', 'POST /domain/v1/{id}/delegation/approve', {
    type,
    given: requestedDomain,
    body: (_, { orgId }) => ({ orgId }),
    status: 200,
  }),
  example(13982, 'reject a delegation', 'POST /domain/v1/{id}/delegation/reject', {
    type,
    given: requestedDomain,
    body: (_, { orgId }) => ({ orgId }),
    status: 200,
  }),
]

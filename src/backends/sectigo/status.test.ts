import { describe, expect, it } from 'vitest'
import { phaseOf } from './status.ts'

describe('phaseOf', () => {
  it.each([
    ['Requested', 'awaitingApproval'],
    ['REQUESTED', 'awaitingApproval'],
    ['AWAITING_APPROVAL', 'awaitingApproval'],
    ['Awaiting approval', 'awaitingApproval'],
    ['SA Approved', 'awaitingApproval'],
    ['SAApproved', 'awaitingApproval'],
    ['Init', 'processing'],
    ['Approved', 'processing'],
    ['APPLIED', 'processing'],
    ['Unmanaged', 'processing'],
    ['Some new word', 'processing'],
    ['constructor', 'processing'],
    ['', 'processing'],
    ['Issued', 'issued'],
    ['DOWNLOADED', 'issued'],
    ['created', 'processing'],
    ['blank', 'processing'],
    ['Enrolled - Pending Download', 'issued'],
    ['Declined', 'failed'],
    ['Rejected', 'failed'],
    ['Invalid', 'failed'],
    ['Revoked', 'failed'],
    ['pre_revoked', 'failed'],
    ['Expired', 'failed'],
    ['Replaced', 'failed'],
  ])('%s is %s', (word, phase) => {
    expect(phaseOf(word)).toBe(phase)
  })
})

it('knows that nobody approves client certificates', () => {
  expect(phaseOf('requested', 'client')).toBe('processing')
})

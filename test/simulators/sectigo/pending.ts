// What collect says while there is nothing to collect. The document gives no example; all of these were seen or are in its table.
import type { Answer } from './router.ts'
import { json } from './router.ts'
import type { PendingAnswer } from './settings.ts'

const ANSWERS: Readonly<Record<PendingAnswer, Answer>> = {
  // observed in production with SSL: the code is 0 and the status 400.
  beingProcessed: json({ code: 0, description: 'Being processed by Sectigo' }, { status: 400 }),
  // observed before the vendor's rename.
  beingProcessedComodo: json({ code: 0, description: 'Being processed by Comodo' }, { status: 400 }),
  // seed 004 L362-363
  requestBeingProcessed: json(
    { code: -1400, description: 'The request is being processed by Sectigo.' },
    { status: 400 },
  ),
  // seed 004 L208-209; observed with client certificates
  notCollectable: json({ code: -183, description: 'Certificate is not collectable.' }, { status: 400 }),
  // seed 004 L150-151
  notCollectedYet: json({ code: -103, description: 'Certificate has not been collected yet.' }, { status: 400 }),
  // observed: the vendor's Enrollment API (25.11) answers these two codes with 404 while an order is on its way.
  notCollectedYet404: json({ code: -103, description: 'Certificate has not been collected yet.' }, { status: 404 }),
  notAvailableNow404: json(
    { code: -109, description: 'Certificate is not available now, please try again later.' },
    { status: 404 },
  ),
  // seed 004 L158-159
  notAvailableNow: json(
    { code: -109, description: 'Certificate is not available now, please try again later.' },
    { status: 400 },
  ),
  // Two production clients guard against it.
  empty: { status: 200, headers: { 'content-type': 'application/octet-stream;charset=UTF-8' }, body: '' },
  // observed: the gateway in front of SCM.
  gateway: {
    status: 503,
    headers: { 'content-type': 'text/plain' },
    body: 'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
  },
}

export function pendingAnswer(kind: PendingAnswer): Answer {
  return ANSWERS[kind]
}

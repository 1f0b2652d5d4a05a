// How an order came to SCM: a word in the list filter, another in details, a number in reports (seed 004 L752, L938, L16520).
import { plainWord } from './flavour.ts'
import type { Order } from './orders.ts'
import type { Settings } from './settings.ts'

export interface RequestSource {
  readonly filter: string
  readonly display: string
  /** Absent where reports have none. */
  readonly report?: number
}

const SOURCES: readonly RequestSource[] = [
  { filter: 'WEB_FORM', display: 'Enrollment Form', report: 0 },
  { filter: 'CLIENT_ADMIN', display: 'Client Admin', report: 1 },
  { filter: 'API', display: 'Web API', report: 2 },
  { filter: 'DISCOVERY', display: 'Discovery', report: 3 },
  { filter: 'IMPORTED', display: 'Imported', report: 4 },
  { filter: 'SCEP', display: 'SCEP', report: 5 },
  { filter: 'CD_AGENT', display: 'CD Agent' },
  { filter: 'MS_AGENT', display: 'MS Agent', report: 7 },
  { filter: 'MS_CA', display: 'MS CA' },
  { filter: 'BULK_REQUEST', display: 'Bulk Request', report: 9 },
  { filter: 'ACME', display: 'ACME', report: 10 },
  { filter: 'EST', display: 'EST', report: 11 },
  { filter: 'REST', display: 'REST API', report: 12 },
]

/** The source of this order; its words are those of SSL. */
export function sourceOf(order: Order, settings: Settings): RequestSource {
  const filter = { enrolled: settings.requestedVia, imported: 'IMPORTED', discovered: 'DISCOVERY' }[order.origin]
  const source = SOURCES.find((one) => one.filter === filter)
  if (!source) throw new Error(`no request source ${filter}`)
  return source
}

/** The same in the words of client certificates (seed 004 L3145, L16875). */
export function smimeSource({ origin }: Order, { requestedVia }: Settings): string {
  if (origin !== 'enrolled') return { imported: 'Imported', discovered: 'Discovery' }[origin]
  return { API: 'API Enroll', REST: 'REST Enroll API' }[requestedVia]
}

/** By filter word or display name: the two flavours of the API differ here. Undefined for any other word. */
export function findSource(word: string): RequestSource | undefined {
  return SOURCES.find(({ filter, display }) => [filter, display].some((one) => plainWord(one) === plainWord(word)))
}

/** Codes that reports know. */
export const REPORT_SOURCES = SOURCES.flatMap(({ report }) => (report === undefined ? [] : [report]))

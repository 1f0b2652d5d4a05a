// What a soak came to: from what SCM has, what is on record, what the requests said and what the Secrets hold. Pure.
import { createPublicKey, X509Certificate } from 'node:crypto'
import type { CertificateOrder } from '../../../src/api/certificate-order.ts'
import type { OrderSummary } from '../../simulators/sectigo/control.ts'
import { isFinal, type SeenRequest } from './requests-seen.ts'
import { type Certificate, conditionOf, type Secret } from './resources.ts'

export interface Evidence {
  readonly orders: readonly OrderSummary[]
  readonly records: readonly CertificateOrder[]
  readonly requests: readonly SeenRequest[]
  readonly certificates: readonly { readonly certificate: Certificate; readonly secret: Secret | undefined }[]
}

/** What the soak's own people have ended at SCM. */
const ENDED_BY_PEOPLE: readonly string[] = ['Declined', 'Rejected']
/** First thing in the comments of every order. */
const MARKER = /^certwright:1:([0-9a-f-]+):\d+/

const markerOf = ({ comments }: OrderSummary): string | undefined => MARKER.exec(comments)?.[1]
const nameOf = ({ metadata: { namespace, name } }: Certificate): string => `${namespace}/${name}`

/** Sentences about what is still on its way: what is in here at the very end is stuck. */
export function unfinished({ requests, certificates, orders }: Evidence): readonly string[] {
  const open = requests.filter((request) => !request.isGone && !isFinal(request))
  const issued = new Set(orders.filter(({ status }) => status === 'Issued').map(({ serialNumber }) => serialNumber))
  return [
    ...open.map(({ namespace, name, message }) => `request ${namespace}/${name} is stuck: ${message || 'no word'}`),
    ...certificates.flatMap(({ certificate, secret }) => {
      const lack = lackOf(certificate, secret, issued)
      return lack === undefined ? [] : [`Certificate ${nameOf(certificate)} ${lack}`]
    }),
  ]
}

/** Sentences about what must never be, however long one waits. */
export function wrongs(evidence: Evidence): readonly string[] {
  const { orders, records, requests } = evidence
  const known = new Set(records.map(({ spec }) => spec.marker))
  return [
    ...duplicates(evidence).map((ids) => `orders ${ids.join(' and ')} at SCM are for one need`),
    ...orders.flatMap((order) => {
      const uid = markerOf(order)
      return uid !== undefined && known.has(`certwright:1:${uid}`) ? [] : [`order ${order.id} at SCM is on no record`]
    }),
    ...requests
      .filter(({ keyFits }) => keyFits === false)
      .map(({ namespace, name }) => `request ${namespace}/${name} was given a certificate with another key`),
    ...requests
      .filter((request) => request.reason === 'Failed' && endAtScm(request, evidence) === undefined)
      .map(({ namespace, name, message }) => `request ${namespace}/${name} has Failed: ${message}`),
  ]
}

/** Ids of orders that nobody has declined or rejected, each time of those with one marker, where these are several. */
export function duplicates({ orders }: Evidence): readonly (readonly number[])[] {
  const live = orders.filter(({ status }) => !ENDED_BY_PEOPLE.includes(status))
  const byMarker = Map.groupBy(live, (order) => markerOf(order) ?? `order ${order.id}`)
  return [...byMarker.values()].filter(({ length }) => length > 1).map((same) => same.map(({ id }) => id))
}

/** How often requests failed, by what became of their orders, or by what they said. */
export function failures(evidence: Evidence): ReadonlyMap<string, number> {
  const failed = evidence.requests.filter(({ reason }) => reason === 'Failed')
  const byReason = Map.groupBy(failed, (request) => endAtScm(request, evidence) ?? request.message)
  return new Map([...byReason].map(([reason, { length }]) => [reason, length]))
}

/** `Declined`, `Rejected`; undefined where its order did not end like that. */
function endAtScm({ uid }: SeenRequest, { records, orders }: Evidence): string | undefined {
  const record = records.find(({ spec }) => spec.requestRef.uid === uid)
  const status = orders.find(({ id }) => String(id) === record?.status?.remote?.id)?.status ?? ''
  return ENDED_BY_PEOPLE.includes(status) ? status : undefined
}

/** What a Certificate lacks to be as it should: `is not Ready: ...`. */
function lackOf(
  certificate: Certificate,
  secret: Secret | undefined,
  issued: ReadonlySet<string | undefined>,
): string | undefined {
  const ready = conditionOf(certificate, 'Ready')
  if (ready?.status !== 'True') return `is not Ready: ${ready?.message ?? 'no word'}`
  if (ready.observedGeneration !== certificate.metadata.generation) return 'is not Ready as it is now'
  if (conditionOf(certificate, 'Issuing')?.status === 'True') return 'is still being issued'
  const pem = decoded(secret, 'tls.crt')
  const key = decoded(secret, 'tls.key')
  if (pem === '' || key === '') return 'is Ready, and its Secret is empty'
  const leaf = new X509Certificate(pem)
  if (!leaf.publicKey.equals(createPublicKey(key))) return 'has a Secret whose key does not fit'
  const missing = certificate.spec.dnsNames.filter((name) => leaf.checkHost(name) === undefined)
  if (missing.length > 0) return `has a Secret without ${missing.join(', ')}`
  if (!issued.has(leaf.serialNumber.toLowerCase())) return 'has a Secret with a certificate that SCM has not issued'
  return undefined
}

const decoded = (secret: Secret | undefined, key: string): string =>
  Buffer.from(secret?.data[key] ?? '', 'base64').toString()

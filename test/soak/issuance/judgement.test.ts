// A judge who never finds anything proves nothing: each thing that can be wrong is found, and named.
import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import type { CertificateOrder } from '../../../src/api/certificate-order.ts'
import type { OrderSummary } from '../../simulators/sectigo/control.ts'
import { type KeyAndCertificate, selfSigned } from '../../support/self-signed.ts'
import { duplicates, type Evidence, failures, unfinished, wrongs } from './judgement.ts'
import type { SeenRequest } from './requests-seen.ts'
import type { Certificate, Secret } from './resources.ts'

const UID = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

const order = (differences: Partial<OrderSummary> = {}): OrderSummary =>
  ({ id: 812, status: 'Issued', comments: `certwright:1:${UID}:1 shop/www`, ...differences }) as OrderSummary

const record = (remoteId = '812'): CertificateOrder =>
  ({
    spec: { marker: `certwright:1:${UID}`, requestRef: { uid: UID } },
    status: { remote: { id: remoteId } },
  }) as unknown as CertificateOrder

const request = (differences: Partial<SeenRequest> = {}): SeenRequest => ({
  uid: UID,
  namespace: 'shop',
  name: 'www-1',
  reason: 'Issued',
  message: '',
  keyFits: true,
  isGone: false,
  ...differences,
})

const evidence = (differences: Partial<Evidence> = {}): Evidence => ({
  orders: [order()],
  records: [record()],
  requests: [request()],
  certificates: [],
  ...differences,
})

const ready = (differences: object = {}, spec: object = {}): Certificate =>
  ({
    metadata: { namespace: 'shop', name: 'www', generation: 2 },
    spec: { dnsNames: ['localhost'], ...spec },
    status: { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2, ...differences }] },
  }) as unknown as Certificate

const secretOf = ({ cert, key }: KeyAndCertificate): Secret =>
  ({
    data: { 'tls.crt': Buffer.from(cert).toString('base64'), 'tls.key': Buffer.from(key).toString('base64') },
  }) as unknown as Secret

it('finds nothing wrong with one order for one need', () => {
  expect([...wrongs(evidence()), ...unfinished(evidence())]).toEqual([])
})

it.each([
  [
    'a second order for one need',
    { orders: [order(), order({ id: 813, comments: `certwright:1:${UID}:2 shop/www` })] },
    'orders 812 and 813 at SCM are for one need',
  ],
  ['an order without a record', { records: [] }, 'order 812 at SCM is on no record'],
  ['an order without a marker', { orders: [order({ comments: 'by hand' })] }, 'order 812 at SCM is on no record'],
  [
    'a wrong key',
    { requests: [request({ keyFits: false })] },
    'request shop/www-1 was given a certificate with another key',
  ],
  [
    'a failure that nobody wanted',
    { requests: [request({ reason: 'Failed', message: 'time-out', isGone: true })] },
    'request shop/www-1 has Failed: time-out',
  ],
])('names %s', (_what, differences, sentence) => {
  expect(wrongs(evidence(differences))).toEqual([sentence])
})

it('allows a second order after the first was declined, and a failure for that', () => {
  const orders = [order({ status: 'Declined' }), order({ id: 813, comments: `certwright:1:${UID}:2 shop/www` })]
  const told = evidence({ orders, requests: [request({ reason: 'Failed', message: 'order 812 was declined' })] })
  expect(duplicates(told)).toEqual([])
  expect(wrongs(told)).toEqual([])
  expect([...failures(told)]).toEqual([['Declined', 1]])
})

it('names a request that is there and has not ended, and not one that is gone', () => {
  const requests = [request({ reason: 'Pending', message: 'waits' }), request({ reason: 'Pending', isGone: true })]
  expect(unfinished(evidence({ requests }))).toEqual(['request shop/www-1 is stuck: waits'])
})

it('names what a Certificate and its Secret lack', async () => {
  const [pair, other] = await Promise.all([selfSigned('one'), selfSigned('other')])
  const serialNumber = new X509Certificate(pair.cert).serialNumber.toLowerCase()
  const lack = (certificate: Certificate, secret: Secret | undefined, orders = [order({ serialNumber })]) =>
    unfinished(evidence({ orders, certificates: [{ certificate, secret }] }))[0]
  expect(lack(ready(), secretOf(pair))).toBeUndefined()
  expect(lack(ready({ status: 'False', message: 'expired' }), secretOf(pair))).toContain('is not Ready: expired')
  expect(lack(ready({ observedGeneration: 1 }), secretOf(pair))).toContain('is not Ready as it is now')
  expect(lack(ready(), undefined)).toContain('its Secret is empty')
  expect(lack(ready(), secretOf({ ...pair, key: other.key }))).toContain('a Secret whose key does not fit')
  expect(lack(ready({}, { dnsNames: ['www.example'] }), secretOf(pair))).toContain('a Secret without www.example')
  expect(lack(ready(), secretOf(pair), [])).toContain('a certificate that SCM has not issued')
})

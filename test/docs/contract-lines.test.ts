// cert-manager's contract for external issuers, by its lines: each has tests with its number in their names, on the real
// cert-manager, or a reason why it has none. `npm test -- e2e -t 'contract 13:'` runs those of a line.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../tools/root.ts'

/** What cert-manager's documentation and code ask of an issuer, and what users of other issuers were bitten by. */
const LINES = [
  'foreign group',
  'empty group',
  'empty kind',
  'unknown kind',
  'not approved: no call to the CA, no status',
  'denied: before and after Pending, and together with approved',
  'Failed, Issued, Denied and InvalidRequest are not touched',
  'issuer missing, and made later',
  'issuer not Ready, and Ready later',
  'issuer whose condition is about an older generation',
  'Failed has failureTime in the same write',
  'failureTime is not before creationTimestamp, whatever the clock says',
  'what passes stays Pending',
  'what does not pass is Failed, unless the issuer or the CA can cure it',
  'a crash at any point: one order',
  'two replicas, and a change of leader: one order',
  'request deleted in the middle of its order',
  'request made again under its name: another order',
  'issuer edited, or its Secret rotated, in the middle of an order',
  'wrong public key: Failed, never Issued',
  'chain in any order and form',
  'chain that is none',
  'annotations that somebody wrote in advance are ignored',
  'request without a Certificate',
  'as csi-lib and istio-csr ask',
  'requests that ended, at start: no writes, bounded memory',
  'a poll that finds nothing new writes nothing',
  'events on transitions only',
  'Kubernetes CSRs',
  'no permission to approve: documented symptom',
] as const

/** Lines without tests, and why. */
const OPEN: Readonly<Record<number, string>> = {
  29: 'CertificateSigningRequests of certificates.k8s.io are not served yet',
}

const FOLDERS = ['test/e2e', 'test/e2e/own-release', 'test/matrix']
const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
).join('\n')

/** Tests, and groups of tests, whose title begins with the line's number. */
function titlesOf(line: number): readonly string[] {
  return Array.from(
    sources.matchAll(new RegExp(`['"\`]contract ${line}: ([^'"\`\n]+)`, 'g')),
    ([, title = '']) => title,
  )
}

describe('a line of cert-manager’s contract', () => {
  it.each(LINES.map((line, index) => [index + 1, line] as const))('%i (%s) has tests, or a reason', (number) => {
    const titles = titlesOf(number)
    if (number in OPEN) expect(titles).toEqual([])
    else expect(titles.length).toBeGreaterThan(0)
  })

  it('is one of those that are there', () => {
    const numbers = Array.from(sources.matchAll(/['"`]contract (\d+): /g), ([, number]) => Number(number))
    expect(numbers.filter((number) => number < 1 || number > LINES.length)).toEqual([])
  })
})

// The table of the interleavings: what each came to.
import { expect } from 'vitest'
import type { CertificateRequest } from '../../../src/api/certificate-request.ts'
import type { Condition } from '../../../src/kube/resource.ts'
import { keyOf, readyOf } from '../../matrix/cell.ts'
import type { Place } from './scene.ts'

interface Row {
  readonly case: string
  readonly orders: number
  readonly end: string
}

export interface Table {
  /** What came of it, which must be this: orders at SCM for the name, and how each request is told to stand. */
  tell(name: string, place: Place, expected: { readonly orders: number; readonly end: string }): Promise<void>
  print(): void
}

export function createTable(): Table {
  const rows: Row[] = []
  return {
    async tell(name, place, expected) {
      const end = (await place.requests()).map(endOf).join(', ')
      const row = { case: name, orders: (await place.orders()).length, end }
      rows.push(row)
      expect(row).toEqual({ case: name, ...expected })
    },
    print() {
      const widest = Math.max(...rows.map((row) => row.case.length))
      const lines = rows
        .toSorted((a, b) => a.case.localeCompare(b.case))
        .map(({ case: name, orders, end }) => `${name.padEnd(widest)}  ${orders}  ${end}`)
      process.stdout.write(
        `\n${['case'.padEnd(widest).concat('  orders at SCM, end of the request'), ...lines].join('\n')}\n`,
      )
    },
  }
}

/** Ready's reason; with the first words of the message where only these tell what is the matter. A wrong key is told too. */
function endOf({ spec, status }: CertificateRequest): string {
  const { reason = 'none', message = '' } = readyOf(status as { conditions?: Condition[] } | undefined) ?? {}
  const csr = Buffer.from(spec.request, 'base64').toString()
  if (reason === 'Issued') return keyOf(status?.certificate ?? '', csr) === 'right' ? 'Issued' : 'Issued, wrong key'
  return reason === 'Pending' ? `Pending ${message.split(':', 1)[0]}` : reason
}

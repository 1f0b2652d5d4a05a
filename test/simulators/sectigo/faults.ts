// Trouble on demand: rules that match calls and spoil them a given number of times.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'

export const faultRuleSchema = z
  .strictObject({
    match: z.strictObject({
      /** Absent: every method. */
      method: z.string().optional(),
      /** Path below the origin, `*` for any run of characters: `/api/ssl/v1/collect/*`. Absent: every path. */
      path: z.string().optional(),
    }),
    /** How many calls to spoil; absent: every one until the rule is cleared. */
    times: z.number().int().min(1).optional(),
    /** Matching calls to let through first. */
    skip: z.number().int().min(0).optional(),
    /** Answer instead of SCM's. The operation is not performed, unless `perform` is set. */
    status: z.number().int().min(200).max(599).optional(),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    perform: z.boolean().optional(),
    /** The work is done at once, its answer is held back this long. */
    delayMs: z.number().int().min(0).optional(),
    /**
     * Ends the connection. `before`: nothing was done. `afterStoring`: the operation took effect (an order exists) and its
     * answer is lost. `midAnswer`: the connection ends after half of the body. `overtaken`: nothing was done, but the
     * operation takes effect after all, once the next call of the same method and path has: a call that was long on its way.
     */
    cut: z.enum(['before', 'afterStoring', 'midAnswer', 'overtaken']).optional(),
    /** The body comes in pieces of so many bytes, with so long between two of them. */
    trickle: z.strictObject({ bytes: z.number().int().min(1), everyMs: z.number().int().min(0) }).optional(),
    /** The body goes on with blanks: up to this many bytes, or until the client hangs up. Blanks keep JSON and PEM readable. */
    oversized: z.union([z.literal('endless'), z.number().int().min(1)]).optional(),
  })
  .refine(
    ({ cut, trickle, oversized }) => [cut, trickle, oversized].filter((one) => one !== undefined).length <= 1,
    'cut, trickle and oversized exclude each other',
  )
  .refine((rule) => rule.cut === undefined || rule.status === undefined, 'cut and status exclude each other')
export type FaultRule = z.output<typeof faultRuleSchema>

export interface Fault {
  readonly id: string
  readonly rule: FaultRule
  /** Calls spoiled so far. */
  readonly applied: number
}

export interface Faults {
  add(rule: FaultRule): Fault
  list(): Fault[]
  clear(): void
  /** The first rule that spoils this call, already counted. */
  take(method: string, path: string): FaultRule | undefined
  /** Keeps the operation of a call that is overtaken. */
  keep(method: string, path: string, operation: () => Promise<unknown>): void
  /** What such calls have kept, and keep no more. */
  overtaken(method: string, path: string): readonly (() => Promise<unknown>)[]
}

export function createFaults(): Faults {
  let faults: { id: string; rule: FaultRule; pattern: RegExp; skipped: number; applied: number }[] = []
  let kept: { call: string; operation: () => Promise<unknown> }[] = []
  const view = ({ id, rule, applied }: Fault): Fault => ({ id, rule, applied })
  return {
    add(rule) {
      const fault = { id: randomUUID(), rule, pattern: globPattern(rule.match.path ?? '*'), skipped: 0, applied: 0 }
      faults.push(fault)
      return view(fault)
    },
    list: () => faults.map(view),
    clear() {
      faults = []
      kept = []
    },
    keep(method, path, operation) {
      kept.push({ call: `${method} ${path}`, operation })
    },
    overtaken(method, path) {
      const due = kept.filter(({ call }) => call === `${method} ${path}`)
      kept = kept.filter((one) => !due.includes(one))
      return due.map(({ operation }) => operation)
    },
    take(method, path) {
      for (const fault of faults) {
        const { rule } = fault
        const used = rule.times !== undefined && fault.applied >= rule.times
        const otherMethod = rule.match.method !== undefined && rule.match.method.toUpperCase() !== method
        if (used || otherMethod || !fault.pattern.test(path)) continue
        if (fault.skipped < (rule.skip ?? 0)) {
          fault.skipped += 1
          continue
        }
        fault.applied += 1
        return rule
      }
      return undefined
    },
  }
}

function globPattern(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

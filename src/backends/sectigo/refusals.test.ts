import { describe, expect, it } from 'vitest'
import { refusalMessage, refusalRuleOf, refusalRules } from './refusals.ts'

const ruleFor = (code: number, description?: string) =>
  refusalRuleOf({ from: 'scm', code, ...(description === undefined ? {} : { description }) })

/**
 * Every code of the document (seed 004 L97-387), and the three that are refusals without being in its table, by what it says
 * of an order: that there is none, and who cures it, or nothing. A code in `byText` says it with some of its texts only.
 */
const VERDICTS = {
  request: [...[-9, -10, -11, -13, -78, -138, -141, -164, -170, -194, -306, -712, -713, -714, -732, -1138]],
  issuer: [
    ...[-3, -25, -35, -36, -37, -64, -76, -111, -135, -172, -184, -185, -188, -226, -410, -500, -507, -508, -518],
    ...[-639, -738, -951, -970, -1021, -1023, -1608, -5109],
    // L96, and seen on real tenants.
    ...[-16, -1001, -1002],
  ],
  validation: [-107, -715, -723, -724, -727, -737, -741, -843, -1010, -1137],
  byText: [-7, -39, -62, -1601],
  undecided: [
    // Internal errors, the CA away or busy, an order under way: one may have been made.
    ...[-1, -2, -14, -43, -65, -103, -109, -129, -140, -183, -195, -196, -618, -1400, -1603],
    // Said when SCM turns to the CA for an order that it has taken already, or of such an order.
    ...[-429, -1112, -1113, -1117, -1140, -3114, -3115],
    // Of other operations, or with two meanings of which one is.
    ...[-44, -102, -105, -110, -123, -124, -126, -130, -131, -134, -159, -160, -166, -169, -176, -180, -181],
    ...[-213, -219, -220, -221, -222, -223, -233, -234, -237, -249, -253, -255, -256, -303, -304, -305, -524, -607],
    ...[-615, -637, -700, -705, -707, -709, -711, -728, -731, -740, -834, -840, -976, -977, -982, -1104, -1108],
    ...[-1144, -1148, -1450, -3301, -5001, -5002, -5003, -5101],
  ],
} as const

describe('every code of the document', () => {
  it('is here once', () => {
    const codes = Object.values(VERDICTS).flat()
    expect(codes).toHaveLength(139 + 3)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it.each(['request', 'issuer', 'validation'] as const)('that only %s cures is such a refusal', (cause) => {
    const causes = VERDICTS[cause].map((code) => [code, ruleFor(code)?.cause, ruleFor(code, 'any text')?.cause])
    expect(causes).toEqual(VERDICTS[cause].map((code) => [code, cause, cause]))
  })

  it('that leaves it open is not listed', () => {
    expect(VERDICTS.undecided.filter((code) => ruleFor(code) !== undefined)).toEqual([])
  })

  it('is in one of these places', () => {
    const { undecided: _, ...listed } = VERDICTS
    expect(new Set(refusalRules.map(({ code }) => code))).toEqual(new Set(Object.values(listed).flat()))
  })
})

describe('rule 4: the closed list of refusals', () => {
  // The order may exist, or the answer does not say: listing one of these would double orders.
  it.each([0, -1, -2, -14, -43, -65, -103, -109, -129, -140, -183, -195, -1400, -1603, -99999])(
    'does not hold %i',
    (code) => {
      expect(ruleFor(code)).toBeUndefined()
    },
  )

  it('does not hold a code whose other text may be anything', () => {
    expect(ruleFor(-39)).toBeUndefined()
    expect(ruleFor(-39, 'Connection to the CA was lost')).toBeUndefined()
  })

  it('does not hold an answer without a code', () => {
    expect(refusalRuleOf({ from: 'scm', description: 'Invalid CSR' })).toBeUndefined()
  })

  it.each([
    [-10, undefined, 'request'],
    [-170, undefined, 'request'],
    [-36, undefined, 'issuer'],
    [-37, undefined, 'issuer'],
    [-107, undefined, 'validation'],
    [-843, undefined, 'validation'],
    [-1010, undefined, 'validation'],
    [-39, 'The certificate profile id is invalid!', 'issuer'],
    [-62, 'Missing mandatory custom field!', 'issuer'],
    [-62, 'Invalid IP address 10.0.0.300', 'request'],
    [-7, 'commonName is required but missing.', 'request'],
    [-7, "Field 'cost centre' is required but missing.", 'issuer'],
    [-1601, "Field 'subjAltNames' has invalid value.", 'request'],
    [-1601, "Field 'externalRequester' has invalid value.", 'issuer'],
  ])('%i %s is cured by the %s', (code, description, cause) => {
    expect(ruleFor(code, description)?.cause).toBe(cause)
  })

  it('reaches every line: a conditional one comes before the plain one, and no line repeats', () => {
    const keys = refusalRules.map(({ code, when }) => `${code} ${when ?? ''}`)
    expect(new Set(keys).size).toBe(keys.length)
    // -39 has no plain one: its second text is "{0}".
    const alone = refusalRules.filter(
      ({ code, when }, index) => when !== undefined && refusalRules[index + 1]?.code !== code,
    )
    expect(alone.map(({ code }) => code)).toEqual([-39])
  })

  it('gives each line a meaning and a cure', () => {
    for (const { meaning, cure } of refusalRules) expect(`${meaning}; ${cure}`).toMatch(/^[^.]{8,120}[^.]$/)
  })
})

describe('refusalMessage', () => {
  it('says what SCM said, or what the code means, and the cure', () => {
    const [rule] = refusalRules
    if (rule === undefined) throw new Error('no rules')
    expect(refusalMessage(rule, { from: 'scm', description: 'The CSR is not valid Base-64 data!' })).toBe(
      'SCM refused the order: The CSR is not valid Base-64 data! (code -9); send another CSR',
    )
    expect(refusalMessage(rule, { from: 'scm' })).toBe(
      'SCM refused the order: the CSR is not Base64 (code -9); send another CSR',
    )
  })
})

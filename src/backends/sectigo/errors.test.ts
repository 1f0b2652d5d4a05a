import { describe, expect, it } from 'vitest'
import { refusalMessage, refusalRuleOf, refusalRules } from './errors.ts'

const ruleFor = (code: number, description?: string) =>
  refusalRuleOf({ from: 'scm', code, ...(description === undefined ? {} : { description }) })

describe('the closed list of refusals', () => {
  // The order may exist, or the answer does not say: listing one of these would double orders.
  it.each([0, -1, -2, -14, -43, -65, -103, -109, -129, -140, -183, -195, -1400, -1603, -99999])(
    'does not hold %i',
    (code) => {
      expect(ruleFor(code)).toBeUndefined()
    },
  )

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
    const plain = refusalRules.map(({ code, when }, index) =>
      when === undefined ? code : refusalRules[index + 1]?.code === code,
    )
    expect(plain).not.toContain(false)
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

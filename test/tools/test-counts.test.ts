// A suite must not be able to pass by accident.
import { describe, expect, it } from 'vitest'
import { countTests } from './test-counts.ts'

const report = (...files: { status?: string; tests: string[] }[]): string =>
  JSON.stringify({
    numPassedTests: 0,
    testResults: files.map(({ status = 'passed', tests }, number) => ({
      name: `file-${number}`,
      status,
      assertionResults: tests.map((outcome, test) => ({
        fullName: `test ${test}`,
        status: outcome,
        failureMessages: outcome === 'failed' ? ['expected 2 to be 1'] : [],
      })),
    })),
  })

const whole = { exitCode: 0, filtered: false }

describe('countTests', () => {
  it('counts what passed and what failed, and says what failed and why', () => {
    const counts = countTests({ ...whole, exitCode: 1, report: report({ tests: ['passed', 'failed', 'passed'] }) })
    expect(counts).toEqual({ passed: 2, failed: 1, reasons: ['failed: file-0: test 1\nexpected 2 to be 1'] })
  })

  it('passes a run in which all passed', () => {
    expect(countTests({ ...whole, report: report({ tests: ['passed'] }, { tests: ['passed'] }) })).toEqual({
      passed: 2,
      failed: 0,
      reasons: [],
    })
  })

  it.each([
    ['no report', undefined, 'vitest wrote no report'],
    ['half a report', '{"testResults":[', 'vitest wrote no report'],
    ['another report', '{}', 'vitest wrote no report'],
    ['no file', report(), 'no test ran'],
    ['a file without tests', report({ tests: [] }), 'no test ran'],
    [
      'a file that cannot be loaded',
      report({ tests: ['passed'] }, { status: 'failed', tests: [] }),
      'outside of its tests',
    ],
    ['a skipped test', report({ tests: ['passed', 'skipped'] }), 'skipped: file-0: test 1'],
    ['a test to be written', report({ tests: ['passed', 'todo'] }), 'todo: file-0: test 1'],
  ])('fails %s', (_, text, reason) => {
    const { failed, reasons } = countTests({ ...whole, report: text })
    expect(failed).toBe(1)
    expect(reasons).toEqual([expect.stringContaining(reason)])
  })

  it('fails when vitest does although every test passed', () => {
    const counts = countTests({ ...whole, exitCode: 1, report: report({ tests: ['passed'] }) })
    expect(counts).toEqual({ passed: 1, failed: 1, reasons: [expect.stringContaining('exit code 1')] })
  })

  it('lets a person run some tests only', () => {
    const counts = countTests({ ...whole, filtered: true, report: report({ tests: ['passed', 'skipped'] }) })
    expect(counts).toEqual({ passed: 1, failed: 0, reasons: [] })
  })
})

// Reads vitest's JSON report strictly: whatever is not a test that passed in a run that ended well counts as a failure.
import { z } from 'zod'

export interface Counts {
  readonly passed: number
  readonly failed: number
  /** Why something counts as failed that vitest did not count. */
  readonly reasons: readonly string[]
}

const Report = z.object({
  numPassedTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

export interface RunOutcome {
  /** The text of the report; undefined when vitest wrote none. */
  readonly report: string | undefined
  /** vitest's exit code; null when a signal ended it. */
  readonly exitCode: number | null
  /** A person picked some tests out, so that others may be skipped. */
  readonly filtered: boolean
}

export function countTests({ report, exitCode, filtered }: RunOutcome): Counts {
  const parsed = Report.safeParse(parseJson(report))
  if (!parsed.success) return { passed: 0, failed: 1, reasons: [`vitest wrote no report (exit code ${exitCode})`] }
  const files = parsed.data.testResults
  const tests = files.flatMap((file) => file.assertionResults)
  const passed = tests.filter(({ status }) => status === 'passed').length
  const reasons: string[] = []
  let failed = tests.filter(({ status }) => status === 'failed').length
  for (const file of files) {
    const hasFailedTest = file.assertionResults.some(({ status }) => status === 'failed')
    if (file.status !== 'passed' && !hasFailedTest) reasons.push(`${file.name} failed outside of its tests`)
  }
  const unrun = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  if (!filtered) reasons.push(...unrun.map(({ fullName, status }) => `${status}: ${fullName}`))
  if (passed + failed === 0) reasons.push('no test ran')
  failed += reasons.length
  // An unhandled error, a failed set-up or a crash after the last test.
  if (exitCode !== 0 && failed === 0) {
    reasons.push(`vitest ended with exit code ${exitCode} although no test failed`)
    failed = 1
  }
  return { passed, failed, reasons }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

// Reads vitest's JSON report strictly: whatever is not a test that passed in a run that ended well counts as a failure.
import { z } from 'zod'

export interface Counts {
  readonly passed: number
  readonly failed: number
  /** What failed and why, one text for each of the failed. */
  readonly reasons: readonly string[]
}

const Report = z.object({
  numPassedTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).optional() }),
      ),
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
  const passed = files.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'passed').length
  const reasons: string[] = []
  for (const file of files) {
    const unwell = file.assertionResults.filter(({ status }) => status !== 'passed')
    for (const { fullName, status, failureMessages = [] } of unwell)
      if (status === 'failed' || !filtered)
        reasons.push([`${status}: ${file.name}: ${fullName}`, ...failureMessages].join('\n'))
    if (file.status !== 'passed' && !unwell.some(({ status }) => status === 'failed'))
      reasons.push(`${file.name} failed outside of its tests`)
  }
  if (passed + reasons.length === 0) reasons.push('no test ran')
  // An unhandled error, a failed set-up or a crash after the last test.
  if (exitCode !== 0 && reasons.length === 0)
    reasons.push(`vitest ended with exit code ${exitCode} although no test failed`)
  return { passed, failed: reasons.length, reasons }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

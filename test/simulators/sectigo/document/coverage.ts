// How much of the document the examples cover: the table for the console and the page for the docs.
import type { Example } from './example.ts'
import type { OtherSection, Section } from './sections.ts'
import { CALLS_IN_DOCUMENT, OTHER_SECTIONS, SECTIONS } from './sections.ts'

/** What the replays found: names of tests that passed. */
export type Passed = ReadonlySet<string>

/** `L1306 POST /ssl/v1/enroll`, and the variant if there is one. */
export function testName({ line, call, variant }: Example): string {
  const [withoutQuery = ''] = call.split('?')
  return `L${line} ${withoutQuery}${variant === undefined ? '' : ` (${variant})`}`
}

/** Lines of which every variant passed. */
function coveredLines({ examples }: Section, passed: Passed): ReadonlySet<number> {
  const failed = new Set(examples.filter((one) => !passed.has(testName(one))).map((one) => one.line))
  return new Set(examples.map((one) => one.line).filter((line) => !failed.has(line)))
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** The short table, one line per section. */
function coverageTable(passed: Passed): string {
  const rows = SECTIONS.map((section) => {
    const examples = section.calls + section.answers
    return { section: section.title, lines: span(section), examples, covered: coveredLines(section, passed).size }
  })
  const sums = { examples: total(rows.map((row) => row.examples)), covered: total(rows.map((row) => row.covered)) }
  return table(
    ['section', 'lines', 'examples', 'covered'],
    [...rows, { section: 'together', lines: '', ...sums }].map(Object.values).map((cells) => cells.map(String)),
  )
}

/** The short table, and the examples that are missing in it with the reason. */
export function coverageReport(passed: Passed): string {
  const left = SECTIONS.flatMap(({ notReplayed = [] }) => notReplayed)
  const different = SECTIONS.flatMap(({ examples }) => examples).filter((one) => !passed.has(testName(one)))
  return [
    coverageTable(passed),
    ...left.map(({ line, call, reason }) => `not replayed: L${line} ${call}: ${reason}`),
    ...different.map((one) => `not as documented, or not run: ${testName(one)}`),
  ].join('\n')
}

/** docs/sectigo-coverage.md */
export function coveragePage(passed: Passed): string {
  const others = OTHER_SECTIONS.map((one) => [one.title, span(one), String(one.calls), one.reason])
  const replayed = total(SECTIONS.map((one) => one.calls))
  return [
    "# What of the vendor's document is replayed against the simulator",
    '',
    'Written and compared by `test/simulators/sectigo/document/document.test.ts` (vitest writes it anew with `--update`). Lines',
    "are those of the vendor's REST document of 2025-12, which comments cite as `seed 004`. Each call is made as in the document:",
    'method, path, headers, names of body fields. Its answer must agree in status, field names, types and omissions; a field',
    'that is in neither the example nor its response table is a difference. Ids, names and certificates are those of the',
    'simulated tenant.',
    '',
    coverageTable(passed),
    '',
    `Of the ${CALLS_IN_DOCUMENT} calls in the document ${replayed} are in these sections. Some answers are shown without a call of their own.`,
    '',
    '## Examples of these sections that are not replayed',
    '',
    table(
      ['line', 'call', 'reason'],
      SECTIONS.flatMap(({ notReplayed = [] }) =>
        notReplayed.map(({ line, call, reason }) => [String(line), `\`${call}\``, reason]),
      ),
    ),
    '',
    '## Sections that are not replayed',
    '',
    table(['section', 'lines', 'calls', 'reason'], others),
    '',
    '## Where the document contradicts itself',
    '',
    ...SECTIONS.flatMap(({ examples }) => examples).flatMap(({ line, call, notes }) =>
      notes === undefined ? [] : [`- L${line} \`${call.split('?')[0]}\`: ${notes}`],
    ),
    '',
    '## Examples',
    '',
    ...SECTIONS.flatMap((section) => [`### ${section.title}`, '', exampleTable(section, passed), '']),
  ].join('\n')
}

function exampleTable(section: Section, passed: Passed): string {
  return table(
    ['line', 'call', 'shows', 'answer', ''],
    section.examples.map((one) => [
      String(one.line),
      `\`${one.call.split('?')[0]}\``,
      one.variant === undefined ? one.title : `${one.title}, ${one.variant}`,
      String(one.status),
      passed.has(testName(one)) ? 'covered' : 'differs',
    ]),
  )
}

function span({ from, to }: Section | OtherSection): string {
  return `${from}-${to}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

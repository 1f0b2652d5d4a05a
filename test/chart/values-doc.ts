// Turns the comments of values.yaml into the table of the chart's README and the descriptions of its schema, so that the
// text is written once and cannot drift.
import { isMap, isNode, isScalar, parseDocument, type YAMLMap } from 'yaml'

/** The part of a JSON schema (draft 7) that the chart's schema uses. */
export interface SchemaNode {
  description?: string
  additionalProperties?: boolean | SchemaNode
  readonly type?: string | readonly string[]
  readonly $ref?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
}

export interface ValueDoc {
  /** Path from the root, with dots: `image.tag`. */
  readonly path: string
  readonly default: unknown
  /** First paragraph of the comment above the value, on one line; empty when there is none. */
  readonly description: string
}

/**
 * One entry per value a user can set, in the order of `values` (the text of values.yaml). A value with `properties` in
 * `schema` is a group: its members are entries, itself is not. Throws on a text that is not a YAML mapping.
 */
export function documentedValues(values: string, schema: SchemaNode): ValueDoc[] {
  const document = parseDocument(values)
  if (!isMap(document.contents)) throw new Error('values.yaml is not a mapping')
  return walk(document.contents, schema, '')
}

function walk(map: YAMLMap, schema: SchemaNode, prefix: string): ValueDoc[] {
  return map.items.flatMap((pair, index) => {
    if (!isScalar(pair.key)) throw new Error(`a key below ${prefix || 'the root'} is not a plain word`)
    const name = String(pair.key.value)
    const path = prefix + name
    const node = schema.properties?.[name] ?? {}
    if (node.properties !== undefined && isMap(pair.value)) return walk(pair.value, node, `${path}.`)
    // The parser gives the comment above the first key of a mapping to the mapping.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? ''
    return [{ path, default: isNode(pair.value) ? pair.value.toJSON() : null, description: firstParagraph(comment) }]
  })
}

/** A blank line ends what was said before it (the head of the file); a bare `#` ends the first paragraph. */
function firstParagraph(comment: string): string {
  const own = comment.split('\n\n').at(-1) ?? ''
  const [first = ''] = own.split(/\n *\n/)
  return first.replaceAll(/\s+/g, ' ').trim()
}

/** A Markdown table of all values. */
export function valuesTable(values: readonly ValueDoc[]): string {
  const rows = values.map(
    (value) => `| \`${value.path}\` | ${value.description} | \`${cell(JSON.stringify(value.default))}\` |`,
  )
  return ['| value | what it does | default |', '|---|---|---|', ...rows].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** A copy of `schema` in which every documented value carries its description, and nothing else of `values` does. */
export function describedSchema(schema: SchemaNode, values: readonly ValueDoc[]): SchemaNode {
  const copy = structuredClone(schema)
  for (const value of values) {
    const node = nodeAt(copy, value.path)
    if (node !== undefined) node.description = value.description
  }
  return copy
}

/** The schema of the value at `path`, or undefined when the schema does not know it. */
export function nodeAt(schema: SchemaNode, path: string): SchemaNode | undefined {
  return path.split('.').reduce<SchemaNode | undefined>((node, name) => node?.properties?.[name], schema)
}

const BEGIN = '<!-- values: written by test/chart/write-chart-docs.ts -->'
const END = '<!-- end of values -->'

/** `readme` with `table` between the two marks. Throws when the marks are missing. */
export function readmeWithTable(readme: string, table: string): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`the chart's README lacks the marks ${BEGIN} and ${END}`)
  return `${readme.slice(0, begin + BEGIN.length)}\n${table}\n${readme.slice(end)}`
}

// The Dockerfile as the tests see it: its stages, and what each of them says.
import { readFileSync } from 'node:fs'
import { DockerfileParser, JSONInstruction, ModifiableInstruction } from 'dockerfile-ast'

const DOCKERFILE = new URL('../../Dockerfile', import.meta.url)

export interface Stage {
  /** Undefined for the last stage, which needs no name. */
  readonly name: string | undefined
  /** With the defaults of the build arguments filled in. */
  readonly image: string
  /** Flags and arguments of each `keyword` in this stage, continued lines joined. */
  said(keyword: string): string[]
  /** The words of the last `keyword`. Throws unless it is there, in the exec form: `["node", "main.js"]`. */
  words(keyword: string): string[]
}

export function dockerfileText(): string {
  return readFileSync(DOCKERFILE, 'utf8')
}

/** The stages in their order. */
export function stages(text = dockerfileText()): Stage[] {
  const dockerfile = DockerfileParser.parse(text)
  const defaults = new Map(
    dockerfile
      .getInitialARGs()
      .map((arg) => arg.getProperty())
      .map((property) => [property?.getName(), property?.getValue()]),
  )
  return dockerfile.getFROMs().map((from) => {
    const body = dockerfile.getContainingImage(from.getRange().start)?.getInstructions() ?? []
    const instructions = (keyword: string) => body.filter((instruction) => instruction.getKeyword() === keyword)
    return {
      name: from.getBuildStage() ?? undefined,
      image: (from.getImage() ?? '').replaceAll(/\$\{?(\w+)\}?/g, (_all, name: string) => defaults.get(name) ?? ''),
      said: (keyword) =>
        instructions(keyword).map((instruction) => {
          const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags().map(String) : []
          return [...flags, instruction.getArgumentsContent() ?? ''].join(' ')
        }),
      words: (keyword) => {
        const last = instructions(keyword).at(-1)
        const words = last instanceof JSONInstruction ? last.getJSONStrings().map((word) => word.getJSONValue()) : []
        if (words.length === 0) throw new Error(`the Dockerfile has no ${keyword} in the exec form`)
        return words
      },
    }
  })
}

/** The stage with this name, or the last one: what the image is made of. Throws when there is none. */
export function stage(name?: string): Stage {
  const all = stages()
  const found = name === undefined ? all.at(-1) : all.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`the Dockerfile has no stage ${name ?? ''}`)
  return found
}

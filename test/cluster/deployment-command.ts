// What a Pod of the chart's Deployment would run, told as a command for the host.
import { z } from 'zod'

const EnvironmentVariable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }).optional() }).optional(),
})

/** The fields of a Deployment that decide what runs. */
export const Deployment = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        serviceAccountName: z.string(),
        containers: z
          .array(z.object({ args: z.array(z.string()).default([]), env: z.array(EnvironmentVariable).default([]) }))
          .length(1),
      }),
    }),
  }),
})
export type Deployment = z.infer<typeof Deployment>

export interface HostCommand {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * The container's arguments and environment. `replacements` (whole arguments, `--name=value`) take the place of every
 * argument of the same name, for the operator refuses a flag that is given twice.
 * @throws when the Deployment takes a value from where the host cannot
 */
export function hostCommand(deployment: Deployment, podName: string, replacements: readonly string[]): HostCommand {
  const [container] = deployment.spec.template.spec.containers
  if (container === undefined) throw new Error(`Deployment ${deployment.metadata.name} has no container`)
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': podName,
    'metadata.namespace': deployment.metadata.namespace,
    'spec.serviceAccountName': deployment.spec.template.spec.serviceAccountName,
  }
  const env: Record<string, string> = { HOSTNAME: podName }
  for (const { name, value, valueFrom } of container.env) {
    const resolved = valueFrom === undefined ? expand(value ?? '', env) : fields[valueFrom.fieldRef?.fieldPath ?? '']
    if (resolved === undefined) throw new Error(`the source of environment variable ${name} is not known on the host`)
    env[name] = resolved
  }
  const replaced = new Set(replacements.map(flagName))
  const kept = joinValues(container.args).filter((arg) => !replaced.has(flagName(arg)))
  return { args: [...kept.map((arg) => expand(arg, env)), ...replacements], env }
}

/** `--name value` becomes `--name=value`. */
function joinValues(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const last = joined.at(-1)
    if (!arg.startsWith('--') && last !== undefined && !last.includes('=')) joined[joined.length - 1] = `${last}=${arg}`
    else joined.push(arg)
  }
  return joined
}

function flagName(arg: string): string {
  return arg.split('=')[0] ?? arg
}

/** `$(NAME)` of a variable that is known, as the kubelet does it. */
function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\(([\w.-]+)\)/g, (reference, name: string) => env[name] ?? reference)
}

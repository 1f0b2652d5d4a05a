// kubectl and helm for the demo: ended by Ctrl-C, and with everything on the screen where it is meant to be seen.
import type { Cluster, CommandOptions } from '../cluster/cluster.ts'
import type { RunResult } from '../cluster/run.ts'
import { root } from '../tools/root.ts'
import type { Screen } from './screen.ts'

/** The same cluster; `defaults` hold for every command that does not say otherwise. */
export function withDefaults(cluster: Cluster, defaults: CommandOptions): Cluster {
  return {
    ...cluster,
    kubectl: (args, options) => cluster.kubectl(args, { ...defaults, ...options }),
    helm: (args, options) => cluster.helm(args, { ...defaults, ...options }),
  }
}

/** Shows each command as it could be typed, and what it answered. */
export function onScreen(cluster: Cluster, screen: Screen): Cluster {
  const shown =
    (name: 'kubectl' | 'helm') =>
    async (args: readonly string[], options?: CommandOptions): Promise<RunResult> => {
      screen.command([name, ...args.map((arg) => arg.replace(`${root}/`, ''))])
      const result = await cluster[name](args, options)
      screen.output(result.stderr)
      screen.output(withoutNotes(result.stdout))
      return result
    }
  return { ...cluster, kubectl: shown('kubectl'), helm: shown('helm') }
}

/** A chart's notes say how to go on, which is what the demo does. */
function withoutNotes(output: string): string {
  return output.split('\nNOTES:')[0] ?? ''
}

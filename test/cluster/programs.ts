// Finds each program of a cluster where it is, builds what is missing, and puts links to all of them into one folder.
import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, buildGoModule } from './go-build.ts'
import { goModules } from './program-names.ts'

export interface GatherOptions extends BuildOptions {
  /** Where the links go. */
  readonly into: string
  /** Names from {@link goModules}. */
  readonly wanted: readonly string[]
  /** Folders that are looked into first, in this order. */
  readonly places: readonly string[]
}

/** @throws when a program is in none of the places and cannot be built */
export async function gatherPrograms({ into, wanted, places, log, signal }: GatherOptions): Promise<void> {
  await mkdir(into, { recursive: true })
  for (const module of goModules) {
    const missing: string[] = []
    for (const name of module.makes) {
      if (!wanted.includes(name)) continue
      const place = places.find((folder) => existsSync(join(folder, name)))
      if (place === undefined) missing.push(name)
      else await symlink(join(place, name), join(into, name))
    }
    if (missing.length === 0) continue
    const built = await buildGoModule(module, { log, signal })
    for (const name of missing) await symlink(join(built, name), join(into, name))
  }
}

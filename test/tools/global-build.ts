// End-to-end tests run the bundle that is shipped, so it has to be today's.
import { build } from './build.ts'

export async function setup(): Promise<void> {
  await build()
}

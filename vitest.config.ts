// Three levels of tests: `unit` needs nothing, `integration` a cluster, `e2e` the cluster and the operator's bundle.
import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that judge what all the others have done. */
const JUDGES = ['test/e2e/least-privilege.test.ts']

/** vitest's own order, by earlier failures and durations, with the judges at the end. */
class JudgesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const judges = ({ moduleId }: TestSpecification): boolean => JUDGES.some((file) => moduleId.endsWith(file))
    const sorted = await super.sort(files)
    return [...sorted.filter((file) => !judges(file)), ...sorted.filter(judges)]
  }
}

export default defineConfig({
  test: {
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    // Milliseconds, mostly; the rest is for a machine that does other things as well.
    expect: { poll: { timeout: 50_000, interval: 5 } },
    sequence: { sequencer: JudgesLast },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [
            ...configDefaults.exclude,
            'test/{integration,e2e,matrix,bench,faults,outages}/**',
            'test/soak/**/soak.test.ts',
          ],
          // Ten times faster than a fresh environment for each file; tests here share no state that could leak.
          isolate: false,
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/*.test.ts'],
          globalSetup: ['test/cluster/global-setup.ts'],
          isolate: false,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // Mostly waiting, for leases to end: run beside the others, at the same time as e2e-own-release.
          name: 'integration-elections',
          include: ['test/integration/elections/*.test.ts'],
          globalSetup: ['test/cluster/global-setup.ts'],
          isolate: false,
          maxWorkers: 3,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          globalSetup: ['test/tools/global-build.ts', 'test/cluster/global-setup.ts', 'test/e2e/global-setup.ts'],
          isolate: false,
          // All share one release, one operator and one simulator, and count what these do.
          fileParallelism: false,
          // Tests that say that they may run at the same time mostly wait.
          maxConcurrency: 20,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // Mostly waiting, for leases and outages: `npm test` runs it beside the others, with a cluster of its own.
          name: 'e2e-own-release',
          include: ['test/e2e/own-release/*.test.ts'],
          globalSetup: [
            'test/tools/global-build.ts',
            'test/cluster/global-setup.ts',
            'test/e2e/own-release/global-setup.ts',
          ],
          isolate: false,
          maxWorkers: 3,
          // Of tests that run at the same time in one file.
          maxConcurrency: 10,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'matrix',
          include: ['test/matrix/*.test.ts'],
          globalSetup: [
            'test/tools/global-build.ts',
            'test/cluster/global-setup.ts',
            'test/e2e/own-release/global-setup.ts',
          ],
          // Mostly waiting, for leases; each has two processes of the operator.
          maxConcurrency: Math.max(2, availableParallelism()),
          testTimeout: 3_600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          // Nearly all waiting, for outages to end: all of them at once.
          name: 'outages',
          include: ['test/outages/*.test.ts'],
          globalSetup: [
            'test/tools/global-build.ts',
            'test/cluster/global-setup.ts',
            'test/e2e/own-release/global-setup.ts',
          ],
          maxConcurrency: 30,
          testTimeout: 600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 6 },
        },
      },
      {
        extends: true,
        test: {
          // Nearly all waiting, for what is broken to be whole again; has API servers of its own.
          name: 'faults',
          include: ['test/faults/*.test.ts', 'test/soak/runtime/soak.test.ts'],
          // Every fault at once, and the soaks beside them.
          maxConcurrency: 20,
          maxWorkers: 3,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          // Minutes of waiting, in a process and with a control plane of its own: run beside the faults.
          name: 'soak',
          include: ['test/soak/issuance/soak.test.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
})

// Types of lock.mjs, which is plain JavaScript for the bootstrap's sake.

export interface AcquireLockOptions {
  /** Called once, with the holder's pid, when the lock is not free at once. */
  readonly onWait?: (holder: string) => void
  readonly signal?: AbortSignal
}

/** Waits until the lock kept in `folder` is ours; the returned function gives it back. */
export function acquireLock(folder: string, options?: AcquireLockOptions): Promise<() => Promise<void>>

/** When a process started, in ticks since boot; empty where there is no /proc. */
export function startTimeOf(pid: number): Promise<string>

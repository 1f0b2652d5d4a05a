// Pieces of work that must be finished once begun: neither a shutdown nor a lost lease cuts them, the process waits.

/** Nothing new is begun: the process is on its way out. */
export class DrainingError extends Error {
  override readonly name = 'DrainingError'

  constructor(section: string) {
    super(`${section}: not begun, the process is shutting down`)
  }
}

export class CriticalSections {
  readonly #running = new Map<symbol, string>()
  readonly #idle: (() => void)[] = []
  #closed = false

  /** Names of those running, for the line that says what is waited for. */
  get names(): readonly string[] {
    return [...this.#running.values()]
  }

  /**
   * Runs `section`; its outcome is the result. Whether it may begin is decided in this very call, without an await
   * between the question and the beginning. @throws DrainingError (as a rejection) after `close`.
   */
  async run<T>(name: string, section: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DrainingError(name)
    const id = Symbol(name)
    this.#running.set(id, name)
    try {
      return await section()
    } finally {
      this.#running.delete(id)
      if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  /** From now on none begins. */
  close(): void {
    this.#closed = true
  }

  /** Resolves when none is running. */
  async idle(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }
}

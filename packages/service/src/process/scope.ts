/** What a process has opened; closes it in reverse order. `await using scope = new Scope()` */
export class Scope implements AsyncDisposable {
  readonly #closings: (() => Promise<void> | void)[] = []

  /** Closes the thing with the scope; gives it back. */
  add<Thing extends AsyncDisposable>(thing: Thing): Thing {
    this.#closings.push(async () => {
      await thing[Symbol.asyncDispose]()
    })
    return thing
  }

  /** Runs the function when the scope closes. */
  defer(closing: () => Promise<void> | void): void {
    this.#closings.push(closing)
  }

  /** Everything is closed, whatever fails on the way; then the failure is thrown, or all as an AggregateError. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let close = this.#closings.pop(); close; close = this.#closings.pop()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} parts failed to close`)
  }
}

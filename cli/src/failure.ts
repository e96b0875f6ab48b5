/** Something the person at the terminal can act on; `main` prints the message alone and exits with the code. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** The work failed: exit 1. */
export const failure = (message: string, cause?: unknown): CliError =>
  new CliError(message, 1, cause === undefined ? undefined : { cause })

/** The command line is wrong: exit 2. */
export const usageError = (message: string): CliError => new CliError(message, 2)

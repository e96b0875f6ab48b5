import type { Argv } from 'yargs'

/** The options every verb has. */
export interface CommonOptions {
  readonly json: boolean
  readonly directory: string | undefined
}

/** The command line as it is built up, a verb at a time. */
export type Cli = Argv<CommonOptions>

import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout this file is compiled in. */
export const projectRoot = fileURLToPath(new URL('../../../..', import.meta.url))

/** Where a deployment keeps its state. */
export interface Layout {
  readonly directory: string
  /** Who holds the directory: one `up` at a time. */
  readonly lock: string
  /** Ports and token, so that addresses stay the same from one start to the next. Mode 0600. */
  readonly remembered: string
  /** Every address and credential while up. Mode 0600. */
  readonly stackJson: string
  /** The processes that are running; read after an `up` that was killed. */
  readonly pids: string
  readonly logs: string
  /** Jars, which `--fresh` keeps. One place for all deployments of a checkout. */
  readonly downloads: string
}

/** Default is `.local` in the checkout, wherever the command is called from. */
export const layoutOf = (given?: string): Layout => {
  const directory = given === undefined ? join(projectRoot, '.local') : resolve(given)
  return {
    directory,
    lock: join(directory, 'up.lock'),
    remembered: join(directory, 'remembered.json'),
    stackJson: join(directory, 'stack.json'),
    pids: join(directory, 'processes.json'),
    logs: join(directory, 'logs'),
    downloads: join(projectRoot, '.local', 'downloads'),
  }
}

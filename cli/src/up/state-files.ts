import { rm } from 'node:fs/promises'
import type { StackJson } from '../stack-json.ts'
import type { Layout } from './layout.ts'
import { recordPids } from './pids.ts'
import { writePrivate } from './write-private.ts'

/** Keeps stack.json and the file of running processes true while a deployment runs. */
export interface StateFiles {
  /** Writes both again; one writer at a time, so the last call wins. */
  refresh(): Promise<void>
  /** Removes both, after the last write. */
  remove(): Promise<void>
}

/** `stackJson` gives undefined until everything is ready. */
export const openStateFiles = (
  layout: Layout,
  pids: () => Record<string, number>,
  stackJson: () => StackJson | undefined,
): StateFiles => {
  let last: Promise<void> = Promise.resolve()
  let removed = false

  const write = async (): Promise<void> => {
    if (removed) return
    await recordPids(layout, pids())
    const addresses = stackJson()
    if (addresses) await writePrivate(layout.stackJson, addresses)
  }

  return {
    refresh() {
      last = last.then(write)
      return last
    },
    async remove() {
      removed = true
      await last
      for (const file of [layout.stackJson, layout.pids]) await rm(file, { force: true })
    },
  }
}

import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Layout } from './layout.ts'

/** Removes a deployment's data, logs, ports and token; keeps the jars. Call only while holding the directory. */
export const emptyDirectory = async ({ directory, lock, downloads }: Layout): Promise<void> => {
  const kept = new Set([basename(lock), basename(downloads)])
  for (const name of await readdir(directory)) {
    if (!kept.has(name)) await rm(join(directory, name), { recursive: true, force: true })
  }
}

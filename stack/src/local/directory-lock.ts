import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identityOf, isRunning, type ProcessIdentity, processIdentity } from './processes.ts'

const holderOf = async (lock: string): Promise<ProcessIdentity | undefined> => {
  try {
    return processIdentity.parse(JSON.parse(await readFile(lock, 'utf8')))
  } catch {
    return undefined // gone by now, or emptied by a power cut
  }
}

/**
 * Makes this process the one that runs a stack in the directory; resolves with what gives it back. Throws when a
 * running process holds it. A lock whose process is gone counts for nothing.
 */
export const holdDirectory = async (directory: string): Promise<() => Promise<void>> => {
  const lock = join(directory, 'stack.lock')
  const mine = `${lock}.${process.pid}`
  await writeFile(mine, JSON.stringify(identityOf(process.pid)))
  // link(2) makes the lock appear with its content, so nobody reads half of it.
  const take = (): Promise<void> => link(mine, lock)
  try {
    await take().catch(async () => {
      const holder = await holderOf(lock)
      if (holder && isRunning(holder))
        throw new Error(`process ${holder.pid} runs the stack in ${directory}; stop it first, or use another directory`)
      await rm(lock, { force: true })
      await take()
    })
  } finally {
    await rm(mine, { force: true })
  }
  return () => rm(lock, { force: true })
}

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { identityOf, isRunning, type ProcessIdentity, processIdentity } from '@pokepedia/stack'
import { failure } from '../failure.ts'
import type { Layout } from './layout.ts'

const holderOf = async (file: string): Promise<ProcessIdentity | undefined> => {
  const text = await readFile(file, 'utf8').catch(() => '')
  try {
    return processIdentity.parse(JSON.parse(text))
  } catch {
    return undefined // half written by a process that was killed
  }
}

/**
 * Makes this process the one that runs a deployment in the directory; returns what gives it back.
 * Fails when another one holds it; a lock whose process is gone counts for nothing.
 */
export const holdDirectory = async ({ directory, lock }: Layout): Promise<() => Promise<void>> => {
  await mkdir(directory, { recursive: true })
  const me = JSON.stringify(identityOf(process.pid))
  const take = () => writeFile(lock, me, { flag: 'wx' })
  await take().catch(async () => {
    const holder = await holderOf(lock)
    if (holder && isRunning(holder)) {
      throw failure(
        `another \`pokepedia up\` (process ${holder.pid}) holds ${directory}; stop it first, or pass --directory`,
      )
    }
    await rm(lock, { force: true })
    await take()
  })
  return () => rm(lock, { force: true })
}

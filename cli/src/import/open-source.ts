import { stat } from 'node:fs/promises'
import { messageOf } from '@pokepedia/errors'
import { usageError } from '../failure.ts'
import { openArchive } from './archive.ts'
import { openDirectory } from './directory.ts'
import type { ImportSource } from './import-file.ts'
import { openTable } from './table.ts'

/** A directory or archive of PokeAPI/api-data or of ditto's output, or another system's table. Throws a usage error when it is none. */
export const openSource = async (place: string): Promise<ImportSource> => {
  if (/^postgres(?:ql)?:\/\//.test(place)) return openTable(place)
  const found = await stat(place).catch((cause: unknown) => {
    throw usageError(`${place} can't be read: ${messageOf(cause)}`)
  })
  return found.isDirectory() ? openDirectory(place) : openArchive(place)
}

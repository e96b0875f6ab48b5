import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort, isFree } from './free-port.ts'
import { writeWhole } from './whole-file.ts'

const remembered = z.record(z.string(), z.number().int().min(1).max(65_535))

const readRemembered = async (file: string): Promise<Record<string, number>> => {
  try {
    return remembered.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // Missing or half written: the ports are chosen anew.
    return {}
  }
}

const portFor = async (
  name: string,
  given: number | undefined,
  before: number | undefined,
  taken: readonly number[],
): Promise<number> => {
  if (given === undefined) return freePort(before, taken)
  if (await isFree(given)) return given
  throw new Error(`port ${given}, given for ${name}, is in use on 127.0.0.1; free it or give another`)
}

/**
 * A port for each name: the given one, else the one of the last start if it is still free, else a free one.
 * Ports stay the same between starts because addresses are stored with the data.
 */
export const choosePorts = async <Name extends string>(
  directory: string,
  names: readonly Name[],
  given: Partial<Record<Name, number>> = {},
): Promise<Record<Name, number>> => {
  const file = join(directory, 'ports.json')
  const before = await readRemembered(file)
  const chosen = {} as Record<Name, number>
  for (const name of names)
    chosen[name] = await portFor(name, given[name], before[name], Object.values<number>({ ...given, ...chosen }))
  await writeWhole(file, { ...before, ...chosen })
  return chosen
}

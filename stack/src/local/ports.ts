import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from './free-port.ts'

const remembered = z.record(z.string(), z.number().int().min(1).max(65_535))

const readRemembered = async (file: string): Promise<Record<string, number>> => {
  try {
    return remembered.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // Missing or half written: the ports are chosen anew.
    return {}
  }
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
  for (const name of names) {
    chosen[name] = given[name] ?? (await freePort(before[name], Object.values<number>(chosen)))
  }
  await writeFile(file, `${JSON.stringify({ ...before, ...chosen }, null, 2)}\n`)
  return chosen
}

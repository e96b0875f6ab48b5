import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'

const remembered = z.record(z.string(), z.number().int().min(1).max(65_535))

const readRemembered = async (file: string): Promise<Record<string, number>> => {
  try {
    return remembered.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // Missing or half written: the ports are chosen anew.
    return {}
  }
}

/** The port if it is free on the loopback interface, else undefined; 0 asks for any free one. */
const freePort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })

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
    const kept = before[name] === undefined ? undefined : await freePort(before[name])
    const port = given[name] ?? kept ?? (await freePort(0))
    if (port === undefined) throw new Error(`no port is free for ${name} on 127.0.0.1`)
    chosen[name] = port
  }
  await writeFile(file, `${JSON.stringify({ ...before, ...chosen }, null, 2)}\n`)
  return chosen
}

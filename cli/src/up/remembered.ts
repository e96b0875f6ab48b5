import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { freePort } from '@pokepedia/stack'
import { z } from 'zod'
import { failure } from '../failure.ts'
import type { Layout } from './layout.ts'
import { writePrivate } from './write-private.ts'

const rememberedSchema = z.object({ token: z.string().min(32), ports: z.record(z.string(), z.int()) })

/** What stays the same from one start to the next. */
export interface Remembered {
  /** Bearer token of everything that changes state; 43 URL-safe characters. */
  readonly token: string
  /** The port of each named process; another one when the port is taken by now. */
  readonly ports: Readonly<Record<string, number>>
}

const read = async (file: string): Promise<Remembered | undefined> => {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return rememberedSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw failure(`${file} is not what \`up\` writes; delete it to get a new token and new ports`, cause)
  }
}

/** Reads the token and the ports, or makes them, and writes them down. */
export const remember = async (layout: Layout, names: readonly string[]): Promise<Remembered> => {
  const before = await read(layout.remembered)
  const ports: Record<string, number> = {}
  for (const name of names) ports[name] = await freePort(before?.ports[name], Object.values(ports))
  const remembered = { token: before?.token ?? randomBytes(32).toString('base64url'), ports }
  await writePrivate(layout.remembered, remembered)
  return remembered
}

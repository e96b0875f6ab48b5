import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Deployment } from '@pokepedia/cli'
import { absolute, mediaBytes } from '@pokepedia/stack'
import { openObjectStore } from '@pokepedia/storage/object-store'
import { z } from 'zod'
import { sql } from '../e2e/support.ts'

/** How many were compared, and which differ. */
export interface Comparison {
  readonly compared: number
  readonly wrong: readonly string[]
}

const BATCH = 200
const READERS = 32

const documents = z.array(z.object({ path: z.string(), data: z.unknown() }))
const assets = z.array(z.object({ source_url: z.string(), object_key: z.string() }))

/** Every stored document against its file, with links made absolute as the upstream sends them. */
export const compareDocuments = async (deployment: Deployment, source: string): Promise<Comparison> => {
  const { origin } = new URL(deployment.stack.upstream)
  const wrong: string[] = []
  let compared = 0
  for (let after = ''; ; ) {
    const rows = documents.parse(
      await sql(deployment, 'select path, data from pokeapi_resources where path > $1 order by path limit $2', [
        after,
        BATCH,
      ]),
    )
    const last = rows.at(-1)
    if (!last) return { compared, wrong }
    for (const { path, data } of rows) {
      const text = await readFile(join(source, 'data/api/v2', path, 'index.json'), 'utf8')
      if (!isDeepStrictEqual(data, JSON.parse(absolute(text, origin)))) wrong.push(path)
    }
    compared += rows.length
    after = last.path
  }
}

/** Every stored object against the bytes that the upstream sends for its URL. */
export const compareObjects = async (deployment: Deployment): Promise<Comparison> => {
  await using objects = openObjectStore({ ...deployment.stack.s3, region: 'us-east-1' })
  const rows = assets.parse(await sql(deployment, 'select source_url, object_key from pokepedia_assets'))
  const wrong: string[] = []
  const left = rows.values()
  const reader = async (): Promise<void> => {
    for (const { source_url, object_key } of left) {
      const expected = mediaBytes(new URL(source_url).pathname.replace(/^\/media\//, '/'))
      if (!expected.equals(await objects.get(object_key))) wrong.push(source_url)
    }
  }
  await Promise.all(Array.from({ length: READERS }, reader))
  return { compared: rows.length, wrong }
}

import { readFile } from 'node:fs/promises'
import { errors } from '@pokepedia/errors'
import { problem } from '@pokepedia/service'
import type { RequestHandler } from 'express'
import { z } from 'zod'

/** The bundle of the status page: what `page/bundle.mjs` has written. Names have a hash of the content in them. */
export interface PageAssets {
  /** Name of the script, below `/page/`. */
  readonly script: string
  readonly stylesheet: string
  readonly files: ReadonlyMap<string, { readonly type: string; readonly bytes: Buffer; readonly gzipped: Buffer }>
}

const manifestSchema = z.object({ script: z.string(), stylesheet: z.string() })
const BUNDLE = new URL('../../page/', import.meta.url)

/** Reads the bundle into memory. Throws `page_missing` when it has not been built. */
export const loadPageAssets = async (): Promise<PageAssets> => {
  const read = (name: string): Promise<Buffer> =>
    readFile(new URL(name, BUNDLE)).catch((cause: unknown) => {
      throw errors('page_missing', `the bundle of the status page has no ${name}; run \`npm run build\``, { cause })
    })
  const { script, stylesheet } = manifestSchema.parse(JSON.parse((await read('manifest.json')).toString('utf8')))
  const fileOf = async (name: string, type: string) =>
    [name, { type, bytes: await read(name), gzipped: await read(`${name}.gz`) }] as const
  return {
    script,
    stylesheet,
    files: new Map([await fileOf(script, 'text/javascript'), await fileOf(stylesheet, 'text/css')]),
  }
}

/** `GET /page/:name`: a file of the bundle; a browser keeps it, since another content has another name. */
export const assetRoute =
  ({ files }: PageAssets): RequestHandler =>
  (request, response) => {
    const name = String(request.params['name'])
    const found = files.get(name)
    if (!found) throw problem(404, 'not_found', 'the page has no such file; load it again')
    response.setHeader('cache-control', 'public, max-age=31536000, immutable')
    response.vary('accept-encoding').type(found.type)
    if (request.acceptsEncodings('gzip') !== 'gzip') return void response.end(found.bytes)
    response.setHeader('content-encoding', 'gzip')
    response.end(found.gzipped)
  }

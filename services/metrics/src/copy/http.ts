import { parsed, problem } from '@pokepedia/service'
import { contentTypeOf, explainResource, listPokemon, type ObjectStore, type Store } from '@pokepedia/storage'
import type { RequestHandler, Router } from 'express'
import { explainQuery, pokemonQuery } from './requests.ts'

export interface CopyRoutesOptions {
  readonly store: Store
  readonly objects: ObjectStore
}

const urlOf = (objectKey: string): string => `/v1/sprites/${objectKey.split('/').map(encodeURIComponent).join('/')}`

const pokemon =
  ({ store, objects }: CopyRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { after, limit } = parsed(pokemonQuery, request.query, 'the query')
    const found = await listPokemon(store, { after, limit, bucket: objects.bucket })
    const shown = found.map(({ spriteKey, ...rest }) => ({
      ...rest,
      sprite: spriteKey === null ? null : urlOf(spriteKey),
    }))
    response.json({ pokemon: shown, next: found.length === limit ? (found.at(-1)?.id ?? null) : null })
  }

/** Only files that the copy knows are served, so that a key leads nowhere else. */
const sprite =
  ({ store, objects }: CopyRoutesOptions): RequestHandler =>
  async (request, response) => {
    const key = [request.params['key'] ?? []].flat().join('/')
    const contentType = await contentTypeOf(store, objects.bucket, key)
    if (contentType === undefined || !contentType.startsWith('image/'))
      throw problem(404, 'sprite_unknown', 'there is no stored image of this key')
    const body = await objects.get(key)
    response.setHeader('content-type', contentType)
    response.setHeader('cache-control', 'public, max-age=3600')
    // An SVG may hold script, which runs when it is opened by itself.
    response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    response.end(body)
  }

const explain =
  ({ store }: CopyRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { path } = parsed(explainQuery, request.query, 'the query')
    const story = await explainResource(store, path)
    if (story.resource === null && story.runs.length + story.letters.length === 0)
      throw problem(404, 'resource_unknown', `nothing is known of ${path}; a seed asks for it`)
    response.json({ path, ...story })
  }

/** Adds the routes that show what is stored: the Pokémon, their images, and the story of one resource. */
export const addCopyRoutes = (router: Router, options: CopyRoutesOptions): Router =>
  router
    .get('/v1/pokemon', pokemon(options))
    .get('/v1/sprites/*key', sprite(options))
    .get('/v1/explain', explain(options))

import { errors } from '@pokepedia/errors'
import { jsonObjectOf, type Upstream } from '@pokepedia/service'
import type { ListSource } from './lists.ts'

export interface SourceOptions {
  /** The API's root, with a slash at its end. */
  readonly apiRoot: string
  readonly maxBytes: number
}

/** The upstream's index and lists, read over HTTP. */
export const upstreamSource = (upstream: Upstream, { apiRoot, maxBytes }: SourceOptions): ListSource => ({
  apiRoot,
  async read(url, signal) {
    const answer = await upstream.get(url, { maxBytes, signal, accept: 'application/json' })
    if (answer.status === 'gone') return undefined
    if (answer.status === 'not-modified') throw errors('unexpected_304', `GET ${url}: 304 without a validator`)
    const { value } = jsonObjectOf(answer)
    if (Array.isArray(value)) throw errors('json_invalid', `${url} is an array, no object`)
    return value
  },
})

import { type ResourcePath, resourcePath } from '@pokepedia/events'
import { Agent } from 'undici'
import { z } from 'zod'

/** What a service has by default: events in work, and connections to one host. */
export const IN_FLIGHT = 64
export const CONNECTIONS = 16

export interface Fetched {
  readonly status: number
  readonly etag: string | null
  readonly body: Buffer
}

/** A bare HTTP client, as thin as it gets: what of a contestant's time no pipeline can save. */
export interface UpstreamClient extends AsyncDisposable {
  get(url: string, etag?: string | undefined): Promise<Fetched>
}

/** Opens a client that keeps so many connections to each host. */
export const openClient = (connections = CONNECTIONS): UpstreamClient => {
  const agent = new Agent({ connections })
  return {
    async get(url, etag) {
      const { origin, pathname, search } = new URL(url)
      const headers = etag === undefined ? {} : { 'if-none-match': etag }
      const answer = await agent.request({ origin, path: `${pathname}${search}`, method: 'GET', headers })
      const body = Buffer.from(await answer.body.arrayBuffer())
      if (answer.statusCode !== 200 && answer.statusCode !== 304) throw new Error(`${url}: ${answer.statusCode}`)
      const tag = answer.headers['etag']
      return { status: answer.statusCode, etag: typeof tag === 'string' ? tag : null, body }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

/** Does the work for each item, so many at a time. */
export const inFlight = async <Item>(
  items: Iterable<Item>,
  count: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const left = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: count }, worker))
}

export interface DocumentAddress {
  readonly path: ResourcePath
  readonly url: string
}

const index = z.record(z.string(), z.string())
const list = z.object({ results: z.array(z.object({ url: z.string() })).optional() })
/** No list of PokeAPI is longer. */
const WHOLE = 1_000_000

const parse = <T>(schema: z.ZodType<T>, { body }: Fetched): T => schema.parse(JSON.parse(body.toString('utf8')))

/** The address of every document that the upstream's lists name, each list read in one request. */
export const documentAddresses = async (client: UpstreamClient, root: string): Promise<DocumentAddress[]> => {
  const found: DocumentAddress[] = []
  for (const [type, url] of Object.entries(parse(index, await client.get(root)))) {
    const { results = [] } = parse(list, await client.get(`${url}?limit=${WHOLE}`))
    for (const { url } of results) {
      const path = resourcePath(new URL(url).pathname.split('/').slice(-3).join('/'))
      found.push({ path, url })
      if (type === 'pokemon') found.push({ path: resourcePath(`${path}/encounters`), url: `${url}encounters` })
    }
  }
  return found
}

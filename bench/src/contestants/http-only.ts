import type { Arena } from '../arena.ts'
import type { Contestant } from '../rounds.ts'
import { CONNECTIONS, documentAddresses, IN_FLIGHT, inFlight, openClient } from '../upstream-client.ts'

export interface HttpOnlyOptions {
  /** Requests that may wait or be under way at once. */
  readonly concurrency?: number
  readonly connections?: number
  /** The most documents that are asked for. */
  readonly limit?: number
}

export interface HttpOnly extends Contestant, AsyncDisposable {
  /** Documents a second of the last round, without the lists that name them. */
  rate(): number
}

/** Asks for every document with the validator it had, reads the answer and keeps nothing: what the upstream can answer. */
export const openHttpOnly = (
  arena: Arena,
  { concurrency = IN_FLIGHT, connections = CONNECTIONS, limit }: HttpOnlyOptions = {},
): HttpOnly => {
  const { upstream } = arena.deployment.stack
  const http = openClient(connections)
  const etags = new Map<string, string>()
  let rate = 0
  const askAll = async (): Promise<number> => {
    const addresses = (await documentAddresses(http, upstream)).slice(0, limit)
    const beganMs = performance.now()
    await inFlight(addresses, concurrency, async ({ url }) => {
      const { etag } = await http.get(url, etags.get(url))
      if (etag !== null) etags.set(url, etag)
    })
    rate = (addresses.length * 1_000) / (performance.now() - beganMs)
    return addresses.length
  }
  return {
    name: 'http-only (conditional requests)',
    processes: ['self'],
    async prepare() {
      if (etags.size === 0) await askAll()
    },
    run: askAll,
    rate: () => rate,
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

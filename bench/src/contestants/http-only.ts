import type { Arena } from '../arena.ts'
import type { Contestant } from '../rounds.ts'
import { documentAddresses, IN_FLIGHT, inFlight, openClient } from '../upstream-client.ts'

/** Asks for every document with the validator it had, reads the answer and keeps nothing: what the upstream can answer. */
export const openHttpOnly = (arena: Arena): Contestant & AsyncDisposable => {
  const { upstream } = arena.deployment.stack
  const http = openClient()
  const etags = new Map<string, string>()
  const askAll = async (): Promise<number> => {
    const addresses = await documentAddresses(http, upstream)
    await inFlight(addresses, IN_FLIGHT, async ({ url }) => {
      const { etag } = await http.get(url, etags.get(url))
      if (etag !== null) etags.set(url, etag)
    })
    return addresses.length
  }
  return {
    name: 'http-only (conditional requests)',
    processes: ['self'],
    async prepare() {
      if (etags.size === 0) await askAll()
    },
    run: askAll,
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { errors, messageOf } from '@pokepedia/errors'

/** How long a stop waits for answers on their way; then their connections are cut. */
const DRAIN_MS = 1_000
const REQUEST_LIMIT_MS = 30_000
const HEADERS_LIMIT_MS = 10_000

export interface RunningServer extends AsyncDisposable {
  readonly port: number
  /** `http://127.0.0.1:8080` */
  readonly url: string
}

/**
 * Listens; resolves when connections are taken. Port 0 takes a free one. Throws `port_unavailable` when another process
 * has the port or the address is not ours.
 */
export const serve = async (
  app: RequestListener,
  { host, port }: { host: string; port: number },
): Promise<RunningServer> => {
  const server = createServer({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: HEADERS_LIMIT_MS }, app)
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw errors('port_unavailable', `can't listen on ${host}:${port}: ${messageOf(cause)}`, { cause })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no TCP port')
  const urlHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    port: address.port,
    url: `http://${urlHost}:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
      await closed
      clearTimeout(cut)
    },
  }
}

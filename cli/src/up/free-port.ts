import { once } from 'node:events'
import { createServer } from 'node:net'

const listens = async (port: number): Promise<number | undefined> => {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  } catch {
    return undefined // taken
  } finally {
    server.close()
  }
}

/** The preferred loopback port if it is free, else one that is. */
export const freePort = async (preferred?: number): Promise<number> => {
  const port = (preferred === undefined ? undefined : await listens(preferred)) ?? (await listens(0))
  if (port === undefined) throw new Error('no free port on 127.0.0.1')
  return port
}

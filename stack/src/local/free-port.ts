import { createServer } from 'node:net'

// Below the range from which Linux takes ports for outgoing connections (ip_local_port_range, 32768 and up), so that
// no connection takes a port between its choice and the start of the server that it is for.
const LOWEST = 20_000
const HIGHEST = 32_000
const COUNT = HIGHEST - LOWEST

// Ports are tried in their order from a random one on: a port that this process chose and whose server does not listen
// yet is not chosen again.
let next = Math.floor(Math.random() * COUNT)
const nextPort = (): number => LOWEST + (next++ % COUNT)

/** Whether a server could listen on the port of the loopback interface. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)))
  })

/** The preferred loopback port if it is free, else one that is and that is not among the taken ones. */
export const freePort = async (preferred?: number, taken: readonly number[] = []): Promise<number> => {
  if (preferred !== undefined && !taken.includes(preferred) && (await isFree(preferred))) return preferred
  for (let tries = 0; tries < COUNT; tries += 1) {
    const port = nextPort()
    if (!taken.includes(port) && (await isFree(port))) return port
  }
  throw new Error(`no port from ${LOWEST} to ${HIGHEST} is free on 127.0.0.1`)
}

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'

export interface TlsProxy extends AsyncDisposable {
  readonly port: number
  /** Where the plain side leads; connections before it is set are cut. */
  target: number | undefined
  /** Connections that got as far as an encrypted byte. */
  readonly connections: () => number
}

/** A TLS listener before a server of the stack that has none. */
export const tlsProxy = async ({ certificate, key }: Certificate): Promise<TlsProxy> => {
  const sockets = new Set<TLSSocket>()
  let connections = 0
  const server = createServer({ cert: await readFile(certificate), key: await readFile(key) }, (socket) => {
    connections += 1
    sockets.add(socket)
    const plain = connect(proxy.target ?? 1, '127.0.0.1')
    const end = (): void => {
      socket.destroy()
      plain.destroy()
    }
    socket.on('error', end).on('close', end)
    plain.on('error', end).on('close', end)
    socket.pipe(plain).pipe(socket)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const proxy: TlsProxy = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    target: undefined,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
  return proxy
}

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

const SOCKETS = 64

/** Connections that are kept and reused, and cut when the other side sends and takes no byte for `silenceMs`. */
export const s3Agent = (useSSL: boolean, silenceMs: number): HttpAgent => {
  const agent: HttpAgent = new (useSSL ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    maxSockets: SOCKETS,
    timeout: silenceMs,
  })
  const connect = agent.createConnection.bind(agent)
  // The agent's timeout only tells the request, and the minio client does not listen there: it would wait for ever.
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback)
    socket?.once('timeout', () => socket.destroy())
    return socket
  }
  return agent
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// A process of its own for the media workload: any path is a PNG of the size that its first part says,
// `/2048/17.png`. Prints its address when it listens.

/** One chunk of a PNG; nobody on the way looks at checksums. */
const chunk = (type: string, data: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)])
}

/** A PNG of one pixel by one, whose filling differs from path to path. */
const pngOf = (bytes: number, path: string): Buffer => {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])
  const around = [
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IEND', Buffer.alloc(0)),
  ] as const
  const filled = Math.max(0, bytes - Buffer.concat(around).length - 12)
  return Buffer.concat([around[0], around[1], chunk('IDAT', Buffer.alloc(filled, path)), around[2]])
}

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const path = request.url ?? '/'
  const body = pngOf(Number(path.split('/')[1]), path)
  response.writeHead(200, { 'content-type': 'image/png', 'content-length': String(body.length), etag: `"${path}"` })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`http://127.0.0.1:${port}`)
})

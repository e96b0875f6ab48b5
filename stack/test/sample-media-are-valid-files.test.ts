import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, inflateSync } from 'node:zlib'
import { mediaBytes } from '../src/index.ts'
import { upstreamFor } from './sample-support.ts'

const paths = (extension: string, count = 60): string[] =>
  Array.from({ length: count }, (_, index) => `/PokeAPI/sprites/master/sprites/pokemon/${index}.${extension}`)

const chunksOf = (file: Buffer): Map<string, Buffer> => {
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)), `CRC of ${type}`)
    chunks.set(type, file.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  return chunks
}

test('each PNG has right checksums and all its pixels', () => {
  for (const path of paths('png')) {
    const file = mediaBytes(path)
    assert.equal(file.toString('latin1', 0, 8), '\x89PNG\r\n\x1a\n')
    const chunks = chunksOf(file)
    const header = chunks.get('IHDR') ?? Buffer.alloc(0)
    const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
    assert.ok(width >= 4 && width <= 32 && height === width)
    assert.equal(inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0)).length, (1 + width * 4) * height)
    assert.ok(chunks.has('IEND'))
  }
})

/** Any GIF's LZW, as in the specification's appendix F; gives the number of pixels. */
const pixelsIn = (data: Buffer, minimumSize: number): number => {
  const [clear, end] = [1 << minimumSize, (1 << minimumSize) + 1]
  let [size, known, bit, pixels, last] = [minimumSize + 1, end + 1, 0, 0, -1]
  const lengths: number[] = []
  for (;;) {
    let code = 0
    for (let index = 0; index < size; index++, bit++) code |= (((data[bit >> 3] ?? 0) >> (bit & 7)) & 1) << index
    assert.ok(bit <= data.length * 8, 'the codes end with an end code')
    if (code === end) return pixels
    if (code === clear) [size, known, last] = [minimumSize + 1, end + 1, -1]
    else {
      const lastLength = last < clear ? 1 : (lengths[last] ?? 0)
      assert.ok(code < known || (code === known && last >= 0), `code ${code} is known`)
      if (last >= 0 && known < 4096) lengths[known++] = lastLength + 1
      if (known === 1 << size && size < 12) size++
      pixels += code < clear ? 1 : (lengths[code] ?? 0)
      last = code
    }
  }
}

const subBlocksAt = (file: Buffer, start: number): { data: Buffer; next: number } => {
  const blocks: Buffer[] = []
  let at = start
  for (let length = file.readUInt8(at); length > 0; length = file.readUInt8(at)) {
    blocks.push(file.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
  return { data: Buffer.concat(blocks), next: at + 1 }
}

test('each GIF has two whole frames, by the rules of GIF89a', () => {
  for (const path of paths('gif')) {
    const file = mediaBytes(path)
    assert.equal(file.toString('latin1', 0, 6), 'GIF89a')
    const side = file.readUInt16LE(6)
    let at = 13 + 3 * 2 ** ((file.readUInt8(10) & 7) + 1)
    let frames = 0
    while (file.readUInt8(at) !== 0x3b) {
      if (file.readUInt8(at) === 0x21) at = subBlocksAt(file, at + 2).next
      else {
        assert.equal(file.readUInt8(at), 0x2c)
        const { data, next } = subBlocksAt(file, at + 11)
        assert.equal(pixelsIn(data, file.readUInt8(at + 10)), side * side)
        frames++
        at = next
      }
    }
    assert.deepEqual([frames, at], [2, file.length - 1])
  }
})

const oggChecksum = (page: Buffer): number => {
  let value = 0
  for (const byte of page) {
    value ^= byte << 24
    for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1
  }
  return value >>> 0
}

test('each OGG is three pages of Opus with right checksums, the last marked so', () => {
  for (const path of paths('ogg')) {
    const file = mediaBytes(path)
    const kinds: number[] = []
    for (let at = 0; at < file.length; ) {
      assert.equal(file.toString('latin1', at, at + 4), 'OggS')
      const segments = file.readUInt8(at + 26)
      const lengths = file.subarray(at + 27, at + 27 + segments).reduce((sum, length) => sum + length, 0)
      const page = Buffer.from(file.subarray(at, at + 27 + segments + lengths))
      const checksum = page.readUInt32LE(22)
      page.writeUInt32LE(0, 22)
      assert.equal(checksum, oggChecksum(page))
      kinds.push(page.readUInt8(5))
      at += page.length
    }
    assert.deepEqual(kinds, [2, 0, 4])
    assert.ok(file.includes('OpusHead') && file.includes('OpusTags'))
  }
})

test('each SVG is a document of one svg element with a size', () => {
  for (const path of paths('svg')) {
    const text = mediaBytes(path).toString('utf8')
    assert.match(text, /^<\?xml [^>]*\?>\n<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+" /)
    assert.match(text, /<title>[\w./-]+<\/title>(<circle [^<>]*\/>)+<\/svg>\n$/)
  }
})

test('no two paths share their bytes, and a path always has the same', () => {
  const all = ['png', 'gif', 'svg', 'ogg'].flatMap((extension) => paths(extension, 1000))
  const bytes = all.map((path) => mediaBytes(path).toString('base64'))
  assert.equal(new Set(bytes).size, all.length)
  assert.deepEqual(
    all.map((path) => mediaBytes(path.slice(1)).toString('base64')),
    bytes,
  )
})

test('media come with their type, length and ETag; other extensions are 404', async (t) => {
  const { url } = await upstreamFor(t)
  const types = { png: 'image/png', gif: 'image/gif', svg: 'image/svg+xml', ogg: 'audio/ogg' }
  for (const [extension, contentType] of Object.entries(types)) {
    const path = `/PokeAPI/a/201-question.${extension}`
    const answer = await fetch(new URL(`/media${path}`, url))
    const body = Buffer.from(await answer.arrayBuffer())
    assert.deepEqual(body, mediaBytes(path))
    assert.deepEqual(
      [answer.headers.get('content-type'), answer.headers.get('content-length')],
      [contentType, `${body.length}`],
    )
    assert.match(answer.headers.get('etag') ?? '', /^"[\w-]+"$/)
  }
  assert.equal((await fetch(new URL('/media/PokeAPI/a.exe', url))).status, 404)
})

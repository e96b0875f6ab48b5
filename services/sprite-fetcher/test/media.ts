import { crc32, deflateSync } from 'node:zlib'

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** A grey PNG of the given size; `declared` lies about the size in its header. */
export const png = (width: number, height: number, declared = { width, height }): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(declared.width, 0)
  header.writeUInt32BE(declared.height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const rows = Buffer.alloc((width + 1) * height, 0x80)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A GIF of 2 × 3 pixels with a comment that holds a trailer byte, and two frames. */
export const gif = (): Buffer => {
  const frame = [0x2c, 0, 0, 0, 0, 2, 0, 3, 0, 0, 2, 2, 0x84, 0x51, 0]
  return Buffer.from([
    ...Buffer.from('GIF89a', 'latin1'),
    ...[2, 0, 3, 0, 0x80, 0, 0],
    ...[0, 0, 0, 255, 255, 255],
    ...[0x21, 0xfe, 2, 0x3b, 0x3b, 0],
    ...frame,
    ...[0x21, 0xf9, 4, 0, 0, 0, 0, 0],
    ...frame,
    0x3b,
  ])
}

/** A lossy WebP header of 4 × 5 pixels. */
export const webp = (): Buffer => {
  const data = Buffer.from([0, 0, 0, 0x9d, 0x01, 0x2a, 4, 0, 5, 0])
  const head = Buffer.from('RIFF\0\0\0\0WEBPVP8 \0\0\0\0', 'latin1')
  head.writeUInt32LE(4 + 8 + data.length, 4)
  head.writeUInt32LE(data.length, 16)
  return Buffer.concat([head, data])
}

/** The markers of a JPEG of 7 × 6 pixels. */
export const jpeg = (): Buffer =>
  Buffer.from([
    ...[0xff, 0xd8],
    ...[0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
    ...[0xff, 0xc0, 0, 11, 8, 0, 6, 0, 7, 1, 1, 0x11, 0],
    ...[0xff, 0xd9],
  ])

/** Two Ogg pages of 3 and 260 bytes. */
export const ogg = (): Buffer => {
  const page = (segments: number[]): Buffer => {
    const header = Buffer.alloc(27)
    header.write('OggS', 'latin1')
    header[26] = segments.length
    return Buffer.concat([
      header,
      Buffer.from(segments),
      Buffer.alloc(
        segments.reduce((a, b) => a + b, 0),
        7,
      ),
    ])
  }
  return Buffer.concat([page([3]), page([255, 5])])
}

export const svg = (attributes = 'width="10" height="20"'): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}><path d="M0 0h5v5z"/></svg>`)

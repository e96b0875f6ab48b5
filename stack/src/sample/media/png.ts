import { crc32, deflateSync } from 'node:zlib'
import { between, type Random } from '../random.ts'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const RGBA_8_BIT = [8, 6, 0, 0, 0]

const chunk = (type: string, data: Buffer): Buffer => {
  const out = Buffer.alloc(data.length + 12)
  out.writeUInt32BE(data.length, 0)
  out.write(type, 4, 'latin1')
  data.copy(out, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length)
  return out
}

/** Rows of RGBA pixels, each after its filter byte (0); the right half mirrors the left, as a creature's does. */
const pixels = (side: number, random: Random): Buffer => {
  const rowBytes = 1 + side * 4
  const out = Buffer.alloc(rowBytes * side)
  const colours = [0, 1, 2].map(() => (between(random, 0, 0xffffff) << 8) | 0xff)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side / 2; x++) {
      const colour = colours[between(random, 0, 4)] ?? 0
      out.writeInt32BE(colour, y * rowBytes + 1 + x * 4)
      out.writeInt32BE(colour, y * rowBytes + 1 + (side - 1 - x) * 4)
    }
  }
  return out
}

/** A valid PNG (RFC 2083), 4 to 32 pixels square, RGBA, with `label` as its `Source` text. */
export const png = (random: Random, label: string): Buffer => {
  const side = between(random, 4, 32)
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, ...RGBA_8_BIT])
  // Level 1: the pictures are tiny and the cost per picture counts.
  const data = deflateSync(pixels(side, random), { level: 1 })
  const source = Buffer.from(`Source\0${label}`, 'latin1')
  const chunks = [chunk('IHDR', header), chunk('tEXt', source), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([SIGNATURE, ...chunks])
}

import { between, type Random } from '../random.ts'

const COLOURS = 128
const CLEAR = 0x80
const END = 0x81
const LOOP_FOR_EVER = Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00', 'latin1')
const COMMENT = Buffer.from([0x21, 0xfe])
const TENTH_OF_A_SECOND = Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0])
const MINIMUM_CODE_SIZE = 7

/** LZW without its compression: codes stay 8 bits wide, a byte each, when the table is cleared before it doubles. */
const codes = (pixelCount: number, random: Random): Buffer => {
  const out: number[] = []
  for (let pixel = 0; pixel < pixelCount; pixel++) {
    if (pixel % 100 === 0) out.push(CLEAR)
    out.push(between(random, 0, COLOURS - 1))
  }
  out.push(END)
  return Buffer.from(out)
}

const subBlocks = (data: Buffer): Buffer => {
  const out: Buffer[] = []
  for (let from = 0; from < data.length; from += 255) {
    const block = data.subarray(from, from + 255)
    out.push(Buffer.from([block.length]), block)
  }
  return Buffer.concat([...out, Buffer.from([0])])
}

const frame = (side: number, random: Random): Buffer =>
  Buffer.concat([
    TENTH_OF_A_SECOND,
    Buffer.from([0x2c, 0, 0, 0, 0, side, 0, side, 0, 0, MINIMUM_CODE_SIZE]),
    subBlocks(codes(side * side, random)),
  ])

/** A valid GIF89a of two frames that loops, 4 to 20 pixels square, 128 colours, with `label` as its comment. */
export const gif = (random: Random, label: string): Buffer => {
  const side = between(random, 4, 20)
  const palette = Buffer.from(Array.from({ length: COLOURS * 3 }, () => between(random, 0, 255)))
  // 0xf6: a global table of 2^(6+1) colours follows.
  const header = Buffer.concat([Buffer.from('GIF89a', 'latin1'), Buffer.from([side, 0, side, 0, 0xf6, 0, 0])])
  return Buffer.concat([
    header,
    palette,
    LOOP_FOR_EVER,
    COMMENT,
    subBlocks(Buffer.from(label, 'latin1')),
    frame(side, random),
    frame(side, random),
    Buffer.from([0x3b]),
  ])
}

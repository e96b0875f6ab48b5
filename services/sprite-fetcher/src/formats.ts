import { closesAsSvg, startsAsSvg } from './svg.ts'

/** A media format: how its bytes begin, and what a whole file looks like. */
export interface Format {
  readonly name: string
  /** Sent to whoever reads the object; never taken from the upstream. */
  readonly contentType: string
  /** The extensions of URLs that claim this format. */
  readonly extensions: readonly string[]
  readonly begins: (body: Buffer) => boolean
  /** Why the file is not whole; undefined when it is. */
  readonly fault: (body: Buffer) => string | undefined
}

const hasAt = (body: Buffer, at: number, text: string): boolean =>
  body.toString('latin1', at, at + text.length) === text

/** Chunks of length, type, data and checksum up to IEND (PNG third edition, section 5.3). */
const pngFault = (body: Buffer): string | undefined => {
  for (let at = 8; at + 12 <= body.length; ) {
    const end = at + 12 + body.readUInt32BE(at)
    if (hasAt(body, at + 4, 'IEND')) return undefined
    at = end
  }
  return 'it ends before its IEND chunk'
}

const colourTableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1))

/** After the sub-blocks that begin here: each is a length byte and that many bytes; length 0 ends them. */
const afterSubBlocks = (body: Buffer, from: number): number => {
  let at = from
  for (let bytes = body[at]; bytes !== undefined && bytes !== 0; bytes = body[at]) at += 1 + bytes
  return at + 1
}

/** Blocks up to the trailer (GIF89a, sections 17 to 27). */
const gifFault = (body: Buffer): string | undefined => {
  let at = 13 + colourTableBytes(body[10] ?? 0)
  for (let images = 0; at < body.length; ) {
    const block = body[at]
    if (block === 0x3b) return images === 0 ? 'it has no picture' : undefined
    if (block === 0x21) at = afterSubBlocks(body, at + 2)
    else if (block === 0x2c) {
      images += 1
      at = afterSubBlocks(body, at + 11 + colourTableBytes(body[at + 9] ?? 0))
    }
    // Some encoders pad with zeros between blocks; browsers pass over them.
    else if (block === 0) at += 1
    else return `byte ${at} begins no block`
  }
  return 'it ends before its trailer'
}

/** One RIFF chunk whose length counts from byte 8 (RFC 9649, section 2.4). */
const webpFault = (body: Buffer): string | undefined =>
  body.length < 20 || body.length < 8 + body.readUInt32LE(4) ? 'it ends before its declared length' : undefined

const jpegFault = (body: Buffer): string | undefined =>
  body.lastIndexOf(Buffer.from([0xff, 0xd9])) === -1 ? 'it ends before its end-of-image marker' : undefined

/** Pages of a header, a table of segment lengths and the segments (RFC 3533, section 6). */
const oggFault = (body: Buffer): string | undefined => {
  let at = 0
  while (at < body.length) {
    if (!hasAt(body, at, 'OggS')) return `byte ${at} begins no page`
    const segments = body[at + 26] ?? 0
    const lengths = body.subarray(at + 27, at + 27 + segments)
    at += 27 + segments + lengths.reduce((sum, bytes) => sum + bytes, 0)
  }
  return at > body.length ? 'it ends inside a page' : undefined
}

const svgFault = (body: Buffer): string | undefined =>
  closesAsSvg(body.toString('utf8')) ? undefined : 'its svg element is not closed'

/** Every format that a reference can claim. */
export const FORMATS: readonly Format[] = [
  {
    name: 'PNG',
    contentType: 'image/png',
    extensions: ['png'],
    begins: (body) => hasAt(body, 0, '\x89PNG\r\n\x1a\n'),
    fault: pngFault,
  },
  {
    name: 'GIF',
    contentType: 'image/gif',
    extensions: ['gif'],
    begins: (body) => hasAt(body, 0, 'GIF87a') || hasAt(body, 0, 'GIF89a'),
    fault: gifFault,
  },
  {
    name: 'WebP',
    contentType: 'image/webp',
    extensions: ['webp'],
    begins: (body) => hasAt(body, 0, 'RIFF') && hasAt(body, 8, 'WEBP'),
    fault: webpFault,
  },
  {
    name: 'JPEG',
    contentType: 'image/jpeg',
    extensions: ['jpg', 'jpeg'],
    begins: (body) => hasAt(body, 0, '\xff\xd8\xff'),
    fault: jpegFault,
  },
  {
    name: 'Ogg',
    contentType: 'audio/ogg',
    extensions: ['ogg'],
    begins: (body) => hasAt(body, 0, 'OggS'),
    fault: oggFault,
  },
  {
    name: 'SVG',
    contentType: 'image/svg+xml',
    extensions: ['svg'],
    // A licence comment may stand before the root; four KiB of it are enough.
    begins: (body) => startsAsSvg(body.toString('utf8', 0, 4_096)),
    fault: svgFault,
  },
]

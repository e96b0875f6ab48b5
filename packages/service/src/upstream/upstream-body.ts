import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { errors } from '@pokepedia/errors'

/** What is offered in `Accept-Encoding`; each is decoded here, so that the size limit holds for what comes out. */
export const ACCEPT_ENCODING = 'gzip, br'

/** Undefined for a body that is what it is. */
const decoderOf = (encoding: string, url: string): Transform | undefined => {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    case 'deflate':
      return createInflate()
    default:
      throw errors(
        'encoding_invalid',
        `GET ${url}: the answer is in ${JSON.stringify(encoding)}; ${ACCEPT_ENCODING} was asked for`,
      )
  }
}

export interface BodyLimits {
  readonly url: string
  readonly maxBytes: number
  readonly encoding: string
  /** As declared; undefined when it was not. */
  readonly contentLength: string | undefined
  /** Told of every piece as it came over the wire. */
  readonly received: (bytes: number) => void
}

/**
 * Reads a body to its end, decompressed. Throws `body_too_large` as soon as the declared length or the bytes so far,
 * before or after decompression, are over the limit; the connection is then cut.
 */
export const readBody = async (body: Readable, limits: BodyLimits): Promise<Buffer> => {
  const { url, maxBytes, encoding, contentLength, received } = limits
  const tooLarge = (bytes: string): Error =>
    errors('body_too_large', `GET ${url}: ${bytes} bytes; ${maxBytes} are the limit`)
  const pieces: Buffer[] = []
  let size = 0
  const arriving = async function* (source: AsyncIterable<Buffer>) {
    if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(String(contentLength))
    for await (const piece of source) {
      received(piece.length)
      yield piece
    }
  }
  const keep = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of source) {
      size += piece.length
      if (size > maxBytes) throw tooLarge(`over ${maxBytes}`)
      pieces.push(piece)
    }
  }
  const decoder = decoderOf(encoding, url)
  await (decoder ? pipeline(body, arriving, decoder, keep) : keep(arriving(body)))
  return Buffer.concat(pieces, size)
}

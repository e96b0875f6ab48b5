import { promisify } from 'node:util'
import { type BrotliOptions, brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib'
import { errors } from '@pokepedia/errors'

/** What is offered in `Accept-Encoding`; each is decoded here, so that the size limit holds for what comes out. */
export const ACCEPT_ENCODING = 'gzip, br'

type Decode = (body: Buffer, options: ZlibOptions & BrotliOptions) => Promise<Buffer>

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ['gzip', promisify<Buffer, ZlibOptions, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, ZlibOptions, Buffer>(gunzip)],
  ['br', promisify<Buffer, BrotliOptions, Buffer>(brotliDecompress)],
  ['deflate', promisify<Buffer, ZlibOptions, Buffer>(inflate)],
])

export interface Encoded {
  readonly body: Buffer
  /** As the answer names it. */
  readonly encoding: string
  /** Limit of what comes out. */
  readonly maxBytes: number
  /** The URL for messages. */
  readonly shown: string
}

/**
 * A body decompressed. Throws `encoding_invalid` for an encoding that was not asked for, `body_too_large` as soon as the
 * limit is passed, and the errors of zlib.
 */
export const decodedBody = async ({ body, encoding, maxBytes, shown }: Encoded): Promise<Buffer> => {
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return body
  const decode = DECODERS.get(name)
  if (decode === undefined)
    throw errors(
      'encoding_invalid',
      `GET ${shown}: the answer is in ${JSON.stringify(encoding)}; ${ACCEPT_ENCODING} was asked for`,
    )
  try {
    return await decode(body, { maxOutputLength: maxBytes })
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')) throw cause
    throw errors('body_too_large', `GET ${shown}: over ${maxBytes} bytes; ${maxBytes} are the limit`, { cause })
  }
}

import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { errors } from '@pokepedia/errors'

/** What is offered in `Accept-Encoding`; each is decoded here, so that the size limit holds for what comes out. */
export const ACCEPT_ENCODING = 'gzip, br'

/** Undefined for a body that is what it is. Throws `encoding_invalid` for an encoding that is not known. */
export const decoderOf = (encoding: string, shown: string): Transform | undefined => {
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
        `GET ${shown}: the answer is in ${JSON.stringify(encoding)}; ${ACCEPT_ENCODING} was asked for`,
      )
  }
}

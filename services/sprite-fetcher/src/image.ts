import { errors, messageOf, type PipelineError } from '@pokepedia/errors'
import { imageSize } from 'image-size'
import { FORMATS, type Format } from './formats.ts'

/** What is known of a media file from its own bytes. */
export interface Media {
  readonly contentType: string
  /** Pixels; null for sound, and for an SVG that does not say. */
  readonly width: number | null
  readonly height: number | null
}

type Size = Pick<Media, 'width' | 'height'>

const NO_SIZE: Size = { width: null, height: null }
const LARGEST_SIDE = 20_000
/** The size stands near the front in every format; for SVG it is found with regular expressions that should stay cheap. */
const HEAD_BYTES = 256 * 1024
const SVG_HEAD_BYTES = 16 * 1024

const invalid = (url: string, why: string, cause?: unknown): PipelineError =>
  errors('image_invalid', `${url}: ${why}`, { cause })

const claimOf = (url: string): Format | undefined => {
  const extension = /\.([a-z]+)$/i.exec(new URL(url).pathname)?.[1]?.toLowerCase() ?? ''
  return FORMATS.find((format) => format.extensions.includes(extension))
}

const looksLike = (body: Buffer): string => {
  const start = body.toString('utf8', 0, 256).trimStart()
  if (/^<!doctype html|^<html/i.test(start)) return 'an HTML page'
  if (start.startsWith('version https://git-lfs')) return 'a Git LFS pointer'
  if (/^[{[]/.test(start)) return 'JSON'
  if (start.startsWith('<')) return 'markup that is no SVG'
  return `no media file (first bytes ${body.subarray(0, 8).toString('hex')})`
}

const isSide = (pixels: number): boolean => Number.isFinite(pixels) && pixels >= 1 && pixels <= LARGEST_SIDE

/** An SVG has no pixels of its own and need not say a size. */
const sizeOfSvg = (body: Buffer): Size => {
  try {
    const { width, height } = imageSize(body.subarray(0, SVG_HEAD_BYTES))
    return isSide(width) && isSide(height) ? { width: Math.round(width), height: Math.round(height) } : NO_SIZE
  } catch {
    return NO_SIZE
  }
}

const sizeOfPicture = (body: Buffer, { name }: Format, url: string): Size => {
  let size: { width: number; height: number }
  try {
    size = imageSize(body.subarray(0, HEAD_BYTES))
  } catch (cause) {
    throw invalid(url, `the size of this ${name} can't be read: ${messageOf(cause)}`, cause)
  }
  const { width, height } = size
  if (isSide(width) && isSide(height)) return { width, height }
  throw invalid(url, `${width} × ${height} pixels, outside 1 to ${LARGEST_SIDE}`)
}

const sizeOf = (body: Buffer, format: Format, url: string): Size => {
  if (format.name === 'Ogg') return NO_SIZE
  return format.name === 'SVG' ? sizeOfSvg(body) : sizeOfPicture(body, format, url)
}

/**
 * Checks that the bytes are a whole file of the format that the URL's extension claims; a URL that claims none may be
 * of any format we know. Throws `image_invalid` that says what the bytes are instead.
 */
export const mediaOf = (body: Buffer, url: string): Media => {
  if (body.length === 0) throw invalid(url, 'the body is empty')
  const format = FORMATS.find(({ begins }) => begins(body))
  if (!format) throw invalid(url, `the body is ${looksLike(body)}`)
  const claim = claimOf(url) ?? format
  if (claim !== format) throw invalid(url, `the URL says ${claim.name}, the bytes are ${format.name}`)
  const fault = format.fault(body)
  if (fault !== undefined) throw invalid(url, `this ${format.name} is not whole: ${fault}`)
  return { contentType: format.contentType, ...sizeOf(body, format, url) }
}

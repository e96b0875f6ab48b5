import { createHash } from 'node:crypto'

const LONGEST_KEY_BYTES = 900
/** MinIO and every file system refuse a part of over 255 bytes; the hash and the extension come on top of this. */
const LONGEST_SEGMENT_BYTES = 200
const HASH_CHARS = 16
/** How a key with a hash ends; a plain path that ends so gets a hash too, so that it can't pose as another URL's key. */
const HASHED = /-[0-9a-f]{16}(\.[^/]*)?$/

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS)

// What no file system, shell or URL reads as anything else; '%' starts an escape of ours. Slashes and control characters
// have none, for a store that decodes names would climb by `..%2F`.
const safeSegment = (segment: string): string =>
  encodeURIComponent(decodeOrKeep(segment))
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%([01][0-9A-F]|2F|5C|7F)/g, '_')

const decodeOrKeep = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const shortened = (segment: string): string => {
  if (segment.length <= LONGEST_SEGMENT_BYTES) return segment
  const extension = /\.[A-Za-z0-9]{1,15}$/.exec(segment)?.[0] ?? ''
  return `${segment.slice(0, LONGEST_SEGMENT_BYTES - extension.length)}${extension}`
}

const withHash = (path: string, url: string): string => {
  const dot = path.lastIndexOf('.')
  const cut = dot > path.lastIndexOf('/') ? dot : path.length
  return `${path.slice(0, Math.min(cut, LONGEST_KEY_BYTES - 100))}-${hashOf(url)}${path.slice(cut).slice(0, 16)}`
}

/**
 * The key under which a media file is stored: its host and path, readable, so that
 * `https://raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon/25.png` becomes
 * `raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon/25.png`.
 * Two URLs never share a key, two spellings of one address neither: what the plain form can't tell apart (query, user,
 * fragment, odd segments, over-long paths and segments, other spellings) gets a hash of the URL before its extension. At most
 * 1,024 bytes, S3's limit, and 255 in a segment; no empty, `.` or `..` segment. Throws a TypeError for what is no URL.
 */
export const objectKeyOf = (url: string): string => {
  const { protocol, host, hostname, port, pathname } = new URL(url)
  const segments = pathname.split('/').slice(1)
  // A URL's host may be `..`.
  const folder = `${hostname.replace(/[^a-z0-9.-]/g, '_').replace(/^\.+/, '_')}${port === '' ? '' : `_${port}`}`
  const named = segments
    .map(safeSegment)
    .map(shortened)
    .filter((segment) => !/^\.*$/.test(segment))
  const path = [folder, ...named].join('/')
  const unambiguous =
    url === `${protocol}//${host}${pathname}` &&
    (protocol === 'https:' ? port === '' : port !== '') &&
    /^[a-z0-9-][a-z0-9.-]*$/.test(hostname) &&
    segments.every((segment) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment) && shortened(segment) === segment) &&
    !HASHED.test(path) &&
    path.length <= LONGEST_KEY_BYTES
  return unambiguous ? path : withHash(path, url)
}

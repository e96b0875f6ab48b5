const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20
const SLASH = 0x2f
const LETTER_H = 0x68

const API_PREFIX = Buffer.from('/api/v2/')
const MEDIA_PREFIX = Buffer.from('https://raw.githubusercontent.com/')

const startsAt = (source: Buffer, position: number, prefix: Buffer): boolean => {
  for (let index = 0; index < prefix.length; index++) {
    if (source[position + index] !== prefix[index]) return false
  }
  return true
}

/**
 * What the live API would send for a document of PokeAPI/api-data: minified, its links absolute, its media on this server.
 *
 * A string value that starts with `/api/v2/` gets `origin` before it; one that starts with
 * `https://raw.githubusercontent.com/` gets `<origin>/media/` instead. Key order and escapes stay as they are.
 * One pass over the bytes: parsing and printing the 655 MB of the real data takes several times as long.
 *
 * @param source valid JSON in UTF-8, of any layout
 * @param origin e.g. `http://127.0.0.1:8080`, no slash at the end
 */
export const absoluteBytes = (source: Buffer, origin: string): Buffer => {
  const apiOrigin = Buffer.from(origin)
  const mediaOrigin = Buffer.from(`${origin}/media/`)
  let out = Buffer.allocUnsafe(source.length + 4096)
  let to = 0
  let from = 0
  const insert = (prefix: Buffer) => {
    const needed = to + prefix.length + source.length - from
    if (needed > out.length) out = Buffer.concat([out.subarray(0, to)], needed * 2)
    to += prefix.copy(out, to)
  }
  while (from < source.length) {
    const byte = source[from++] ?? 0
    if (byte <= SPACE) continue
    out[to++] = byte
    if (byte !== QUOTE) continue
    const first = source[from]
    if (first === SLASH && startsAt(source, from, API_PREFIX)) insert(apiOrigin)
    else if (first === LETTER_H && startsAt(source, from, MEDIA_PREFIX)) {
      from += MEDIA_PREFIX.length
      insert(mediaOrigin)
    }
    for (let inside = source[from++] ?? QUOTE; ; inside = source[from++] ?? QUOTE) {
      out[to++] = inside
      if (inside === QUOTE) break
      if (inside === BACKSLASH) out[to++] = source[from++] ?? QUOTE
    }
  }
  // A copy of the right size, so that the larger scratch buffer can be freed.
  return Buffer.from(out.subarray(0, to))
}

/** {@link absoluteBytes} on text: the body this server sends for a source document, for a test to compare with. */
export const absolute = (text: string, origin: string): string =>
  absoluteBytes(Buffer.from(text), origin).toString('utf8')

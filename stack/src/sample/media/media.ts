import { hash, type Random, randomFrom } from '../random.ts'
import { gif } from './gif.ts'
import { ogg } from './ogg.ts'
import { png } from './png.ts'
import { svg } from './svg.ts'

type Make = (random: Random, label: string) => Buffer

const KINDS: Readonly<Record<string, { readonly contentType: string; readonly make: Make }>> = {
  png: { contentType: 'image/png', make: png },
  gif: { contentType: 'image/gif', make: gif },
  svg: { contentType: 'image/svg+xml', make: svg },
  ogg: { contentType: 'audio/ogg', make: ogg },
}

const kindOf = (path: string) => {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return Object.hasOwn(KINDS, extension) ? KINDS[extension] : undefined
}

/** The content type of a media path by its extension; `undefined` when this server makes no such files. */
export const mediaType = (path: string): string | undefined => kindOf(path)?.contentType

/**
 * The bytes of a media file: a pure function of its path, so that a test can tell what a mirror must hold.
 *
 * @param path the path of the original URL, with or without its first slash:
 *   `/PokeAPI/sprites/master/sprites/pokemon/25.png`
 * @returns a valid PNG, GIF89a, SVG or Ogg Opus file under 8 KB; differs from path to path
 * @throws RangeError for an extension other than png, gif, svg, ogg
 */
export const mediaBytes = (path: string): Buffer => {
  const kind = kindOf(path)
  if (!kind) throw new RangeError(`no media of this kind: ${path}; png, gif, svg and ogg are known`)
  const name = path.replace(/^\/+/, '')
  // The name is in the file, so that no two names share their bytes when their hashes meet.
  return kind.make(randomFrom(hash(name)), name.replace(/[^\w./-]/g, '_').slice(-200))
}

import type { MediaKind, MediaReference } from '@pokepedia/storage'
import { textsIn } from '@pokepedia/storage/json-texts'

// The extension decides, not the host: forms and items name other folders, and a fork may name another host.
const EXTENSION = /\.(?:(png|gif|svg|jpe?g|webp)|ogg)/i
const MEDIA_URL = new RegExp(`^https?://[^/?#\\s]+/[^?#\\s]*${EXTENSION.source}(?:[?#]\\S*)?$`, 'i')
/** A sprite event can't hold a longer URL, and neither can the index of the ledger. */
const LONGEST_URL = 2_048

/** Whether a text has what every URL of a media file has; far quicker than a look at all texts of a document. */
export const mayNameMedia = (text: string): boolean => EXTENSION.test(text)

/** What kind of media file a text addresses, if it is an absolute URL of one. */
export const mediaKindOf = (text: string): MediaKind | undefined => {
  // Most are names, and links to resources, which the pattern below would try at each of their points.
  if (text.length > LONGEST_URL || (text[0] !== 'h' && text[0] !== 'H')) return undefined
  if (text.endsWith('/') && !text.includes('?') && !text.includes('#')) return undefined
  const match = MEDIA_URL.exec(text)
  if (!match || !URL.canParse(text)) return undefined
  return match[1] === undefined ? 'cry' : 'sprite'
}

/**
 * Every reference to a media file anywhere in a document, in document order, repeated ones included: each string that
 * is an absolute http(s) URL of at most 2,048 characters whose path ends in png, gif, svg, jpg, jpeg or webp (sprite)
 * or ogg (cry).
 */
export const referencesOf = (document: unknown): MediaReference[] =>
  textsIn(document, mediaKindOf).map(({ text, pointer, kind }) => ({ url: text, pointer, kind }))

import type { MediaKind, MediaReference } from '@pokepedia/storage'

// The extension decides, not the host: forms and items name other folders, and a fork may name another host.
const MEDIA_URL = /^https?:\/\/[^/?#\s]+\/[^?#\s]*\.(?:(png|gif|svg|jpe?g|webp)|ogg)(?:[?#]\S*)?$/i
/** A sprite event can't hold a longer URL, and neither can the index of the ledger. */
const LONGEST_URL = 2_048

/** A container on the way down, with the place of the member that is being looked at. */
interface Frame {
  readonly container: object
  readonly members: readonly unknown[]
  /** The members' names, asked for when a pointer is built. */
  keys: readonly string[] | undefined
  readonly parent: Frame | undefined
  at: number
}

const enter = (container: object, parent: Frame | undefined): Frame => {
  const members: readonly unknown[] = Array.isArray(container) ? container : Object.values(container)
  return { container, members, keys: undefined, parent, at: -1 }
}

const tokenOf = (frame: Frame): string => {
  if (frame.container === frame.members) return String(frame.at)
  frame.keys ??= Object.keys(frame.container)
  return (frame.keys[frame.at] ?? '').replaceAll('~', '~0').replaceAll('/', '~1')
}

const pointerTo = (frame: Frame): string => {
  const tokens: string[] = []
  for (let up: Frame | undefined = frame; up; up = up.parent) tokens.push(tokenOf(up))
  return `/${tokens.reverse().join('/')}`
}

/** What kind of media file a text addresses, if it is an absolute URL of one. */
export const mediaKindOf = (text: string): MediaKind | undefined => {
  if (text.length > LONGEST_URL || !/^http/i.test(text)) return undefined
  // Most are links to resources, which the pattern below would try at each of their points.
  if (text.endsWith('/') && !/[?#]/.test(text)) return undefined
  const match = MEDIA_URL.exec(text)
  if (!match || !URL.canParse(text)) return undefined
  return match[1] === undefined ? 'cry' : 'sprite'
}

/**
 * Every reference to a media file anywhere in a document, in document order, repeated ones included: each string that
 * is an absolute http(s) URL of at most 2,048 characters whose path ends in png, gif, svg, jpg, jpeg or webp (sprite)
 * or ogg (cry). Walks without recursion, so that depth costs no stack; builds pointers for matches only.
 */
export const referencesOf = (document: unknown): MediaReference[] => {
  const found: MediaReference[] = []
  if (typeof document !== 'object' || document === null) return found
  let frame: Frame | undefined = enter(document, undefined)
  while (frame) {
    frame.at += 1
    const member = frame.members[frame.at]
    if (frame.at >= frame.members.length) {
      frame = frame.parent
    } else if (typeof member === 'string') {
      const kind = mediaKindOf(member)
      if (kind) found.push({ url: member, pointer: pointerTo(frame), kind })
    } else if (typeof member === 'object' && member !== null) {
      frame = enter(member, frame)
    }
  }
  return found
}

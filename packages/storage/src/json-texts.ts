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

/** A text of a document, what it was found to be, and where it stands (RFC 6901). */
export interface FoundText<Kind> {
  readonly text: string
  readonly kind: Kind
  readonly pointer: string
}

/**
 * Every string value of a document for which `kindOf` has an answer, in document order, repeated ones included. Walks
 * without recursion, so that depth costs no stack; builds pointers for matches only.
 */
export const textsIn = <Kind>(document: unknown, kindOf: (text: string) => Kind | undefined): FoundText<Kind>[] => {
  const found: FoundText<Kind>[] = []
  if (typeof document !== 'object' || document === null) return found
  let frame: Frame | undefined = enter(document, undefined)
  while (frame) {
    frame.at += 1
    const member = frame.members[frame.at]
    if (frame.at >= frame.members.length) {
      frame = frame.parent
    } else if (typeof member === 'string') {
      const kind = kindOf(member)
      if (kind !== undefined) found.push({ text: member, kind, pointer: pointerTo(frame) })
    } else if (typeof member === 'object' && member !== null) {
      frame = enter(member, frame)
    }
  }
  return found
}

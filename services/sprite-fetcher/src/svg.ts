const PROLOG = [
  ['<?', '?>'],
  ['<!--', '-->'],
  ['<!DOCTYPE', '>'],
] as const

const SPACE_AND_COMMENTS = /^(?:\s|<!--(?:(?!-->).)*-->)*$/s

/** The end of a doctype; one with declarations of its own ends after its bracket. */
const endOfDoctype = (text: string, from: number): number => {
  const close = text.indexOf('>', from)
  const bracket = text.indexOf('[', from)
  if (bracket === -1 || bracket > close) return close
  const end = text.indexOf(']', bracket)
  return end === -1 ? -1 : text.indexOf('>', end)
}

/** Where the root element begins: after byte order mark, XML declaration, comments and doctype; -1 when one is open. */
const rootOf = (text: string): number => {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  for (;;) {
    while (/\s/.test(text.charAt(at))) at += 1
    const part = PROLOG.find(([open]) => text.startsWith(open, at))
    if (!part) return at
    const [open, close] = part
    const end = open === '<!DOCTYPE' ? endOfDoctype(text, at) : text.indexOf(close, at)
    if (end === -1) return -1
    at = end + close.length
  }
}

/** True when the document's root element is `svg`, whatever stands before it. */
export const startsAsSvg = (text: string): boolean => {
  const root = rootOf(text)
  return root !== -1 && /^<svg[\s/>]/.test(text.slice(root, root + 5))
}

/** True when the root element is closed and nothing but comments follows. */
export const closesAsSvg = (text: string): boolean => {
  const close = text.lastIndexOf('</svg')
  if (close === -1) return /^<svg[^>]*\/>\s*$/.test(text.slice(rootOf(text)))
  const end = text.indexOf('>', close)
  return end !== -1 && SPACE_AND_COMMENTS.test(text.slice(end + 1))
}

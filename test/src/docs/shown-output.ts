const VARIABLE = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+(?:[.,:][0-9]+)*|…/g

/** A line as a pattern: a number stands for any number, a UUID for any, `…` for anything, blanks for any blanks. */
const patternOf = (line: string): RegExp => {
  const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+')
  let pattern = ''
  let end = 0
  for (const { 0: found, index } of line.matchAll(VARIABLE)) {
    pattern += literal(line.slice(end, index))
    if (found === '…') pattern += '.*'
    else pattern += found.includes('-') ? '[0-9a-f-]{36}' : '[0-9]+(?:[.,:][0-9]+)*'
    end = index + found.length
  }
  return new RegExp(`^\\s*${pattern}${literal(line.slice(end))}\\s*$`)
}

/**
 * The first line of what a page shows that the real output does not have; undefined when all are there, in their order.
 * The real output may have more lines between them.
 */
export const missingLine = (shown: string, real: string): string | undefined => {
  const lines = real.split('\n')
  let at = 0
  for (const line of shown.split('\n').map((text) => text.trim())) {
    if (line === '' || line === '…') continue
    const pattern = patternOf(line)
    const found = lines.findIndex((text, index) => index >= at && pattern.test(text))
    if (found === -1) return line
    at = found + 1
  }
  return undefined
}

/** Replaces what must not be read by others: the user part of URLs and bearer tokens. */
export const scrub = (text: string): string =>
  text
    .replace(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"'/\\]{1,500}@/gi, '$1***@')
    .replace(/\b(bearer )[^\s"'\\]+/gi, '$1***')

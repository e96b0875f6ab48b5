/** Limit of a message in a header or a log line, in bytes of UTF-8. */
export const ERROR_MESSAGE_LIMIT = 512

/** Cuts text to the limit without splitting a character, and to one line. */
export const errorMessage = (text: string): string => {
  const line = text.replace(/[\r\n]+/g, ' ')
  if (Buffer.byteLength(line) <= ERROR_MESSAGE_LIMIT) return line
  const bytes = Buffer.from(line).subarray(0, ERROR_MESSAGE_LIMIT)
  return new TextDecoder('utf-8').decode(bytes, { stream: true })
}

/** Cuts a list where its pieces would be over a count or a number of bytes; one that is larger by itself is alone. */
export function* chunksOf<Item extends { readonly bytes: number }>(
  items: readonly Item[],
  maxCount: number,
  maxBytes: number,
): Generator<Item[]> {
  let chunk: Item[] = []
  let bytes = 0
  for (const item of items) {
    if (chunk.length > 0 && (chunk.length === maxCount || bytes + item.bytes > maxBytes)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(item)
    bytes += item.bytes
  }
  if (chunk.length > 0) yield chunk
}

import type { ResourceToSave } from '../resources.ts'

// COPY's binary format (PostgreSQL documentation, COPY, "Binary Format"): nothing to escape here, nothing to split into
// lines there. For 340 MB of documents Postgres spends 7.5 s of CPU time on it and 10 s on the CSV format.
// Loads neither `pg` nor anything else: import's threads make rows, and start the sooner for it.

/** A document that came another way than by an event. */
export interface ResourceToLoad
  extends Omit<ResourceToSave, 'text' | 'runId' | 'etag' | 'requestKinds' | 'traceparent'> {
  /** How old the document is, as far as that is known. */
  readonly fetchedAt: Date
  /** Its row of `RESOURCES`, as COPY reads it; holds the document's JSON text in UTF-8 once. */
  readonly row: Uint8Array
  /** The text within the row. */
  readonly text: Uint8Array
  /** Its rows of `REFERENCES`, as COPY reads them. */
  readonly referenceRows: Uint8Array
}

/** The columns of a row. */
export const RESOURCES =
  'pokeapi_resources (path, resource_type, resource_id, name, url, data, content_hash, fetched_at, changed_at)'
const RESOURCE_FIELDS = 9
/** The columns of a reference's row. */
export const REFERENCES = 'pokepedia_asset_references (resource_path, json_pointer, source_url, kind)'
const REFERENCE_FIELDS = 4

const COUNT_BYTES = 2
const LENGTH_BYTES = 4
const NUMBER_BYTES = 8
/** No UTF-16 code unit takes more in UTF-8. */
const UNIT_BYTES = 3
const NULL = -1
const JSONB_VERSION = 1
const EPOCH_2000_MS = Date.UTC(2000, 0, 1)

/** Writes rows one after the other; `bytes` is what they take at most. */
const openRows = (bytes: number) => {
  // A buffer of its own, not a part of Node's pool, which would go to the other thread as a whole.
  const buffer = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  /** A field of any length, with its length before it. */
  const field = (write: () => void): void => {
    const from = at
    at += LENGTH_BYTES
    write()
    buffer.writeInt32BE(at - from - LENGTH_BYTES, from)
  }
  const written = (value: string): void => {
    at += buffer.write(value, at)
  }
  return {
    get at() {
      return at
    },
    since: (from: number): Uint8Array => buffer.subarray(from, at),
    /** Begins a row of so many fields. */
    row(fields: number): void {
      at = buffer.writeInt16BE(fields, at)
    },
    text(value: string | null): void {
      if (value === null) at = buffer.writeInt32BE(NULL, at)
      else field(() => written(value))
    },
    integer(value: number | null): void {
      if (value === null) at = buffer.writeInt32BE(NULL, at)
      else
        field(() => {
          at = buffer.writeInt32BE(value, at)
        })
    },
    /** Microseconds since 2000. */
    timestamp(value: Date): void {
      field(() => {
        at = buffer.writeBigInt64BE(BigInt(value.getTime() - EPOCH_2000_MS) * 1_000n, at)
      })
    },
    jsonb(value: string): void {
      field(() => {
        at = buffer.writeUInt8(JSONB_VERSION, at)
        written(value)
      })
    },
  }
}

const atMost = (fields: number, ...texts: readonly (string | null)[]): number =>
  COUNT_BYTES +
  fields * (LENGTH_BYTES + NUMBER_BYTES) +
  texts.reduce((sum, text) => sum + UNIT_BYTES * (text?.length ?? 0), 0)

/** Makes the rows of a document; `text` is its JSON, `fetchedAt` how old it is. */
export const resourceToLoad = (
  given: Omit<ResourceToLoad, 'text' | 'row' | 'referenceRows'> & { readonly text: string },
): ResourceToLoad => {
  const { text, ...resource } = given
  const { path, resourceType, resourceId, name, url, contentHash, fetchedAt, references } = resource
  const textBytes = Buffer.byteLength(text)
  const rows = openRows(
    textBytes +
      atMost(RESOURCE_FIELDS, path, resourceType, name, url, contentHash) +
      references.reduce((sum, one) => sum + atMost(REFERENCE_FIELDS, path, one.pointer, one.url, one.kind), 0),
  )
  rows.row(RESOURCE_FIELDS)
  rows.text(path)
  rows.text(resourceType)
  rows.integer(resourceId)
  rows.text(name)
  rows.text(url)
  rows.jsonb(text)
  const textIn = rows.since(rows.at - textBytes)
  rows.text(contentHash)
  rows.timestamp(fetchedAt)
  rows.timestamp(fetchedAt)
  const row = rows.since(0)
  for (const { pointer, url: source, kind } of references) {
    rows.row(REFERENCE_FIELDS)
    rows.text(path)
    rows.text(pointer)
    rows.text(source)
    rows.text(kind)
  }
  return { ...resource, row, text: textIn, referenceRows: rows.since(row.byteLength) }
}

const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const TRAILER = Buffer.from([0xff, 0xff])
/** A message of COPY has a header and two writes of its own; a piece of this size is worth them. */
const CHUNK_BYTES = 64 * 1024

/** What `copy … from stdin (format binary)` reads of some rows, in chunks: small ones put together, large ones as they are. */
export function* binaryCopy(rows: Iterable<Uint8Array>): Generator<Uint8Array> {
  let small: Uint8Array[] = [HEADER]
  let bytes = HEADER.byteLength
  for (const row of rows) {
    const isLarge = row.byteLength >= CHUNK_BYTES
    if (!isLarge) {
      small.push(row)
      bytes += row.byteLength
    }
    if (isLarge || bytes >= CHUNK_BYTES) {
      if (small.length > 0) yield Buffer.concat(small)
      small = []
      bytes = 0
    }
    if (isLarge) yield row
  }
  yield Buffer.concat([...small, TRAILER])
}

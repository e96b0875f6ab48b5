// COPY's binary format (PostgreSQL documentation, COPY, "Binary Format"): nothing to escape here, nothing to split into
// lines there. For 340 MB of documents Postgres spends 7.5 s of CPU time on it and 10 s on the CSV format.

/** One field's bytes; null is SQL's null. */
export type Field = Buffer | null

const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const TRAILER = Buffer.from([0xff, 0xff])
const JSONB_VERSION = Buffer.from([1])
const EPOCH_2000_MS = Date.UTC(2000, 0, 1)

export const textField = (value: string | null): Field => (value === null ? null : Buffer.from(value))

export const integerField = (value: number | null): Field => {
  if (value === null) return null
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** Microseconds since 2000. */
export const timestampField = (value: Date): Field => {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt(value.getTime() - EPOCH_2000_MS) * 1_000n)
  return bytes
}

/** The text of a JSON document. */
export const jsonbField = (text: string): Field => Buffer.concat([JSONB_VERSION, Buffer.from(text)])

const NULL_LENGTH = Buffer.from([0xff, 0xff, 0xff, 0xff])

const lengthOf = (bytes: Buffer): Buffer => {
  const length = Buffer.allocUnsafe(4)
  length.writeInt32BE(bytes.length)
  return length
}

const tuple = (fields: readonly Field[]): Buffer => {
  const count = Buffer.allocUnsafe(2)
  count.writeInt16BE(fields.length)
  return Buffer.concat([
    count,
    ...fields.flatMap((field) => (field === null ? [NULL_LENGTH] : [lengthOf(field), field])),
  ])
}

/** What `copy … from stdin (format binary)` reads, a row a chunk. */
export function* binaryCopy(rows: Iterable<readonly Field[]>): Generator<Buffer> {
  yield HEADER
  for (const row of rows) yield tuple(row)
  yield TRAILER
}

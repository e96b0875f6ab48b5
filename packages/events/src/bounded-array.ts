import avsc from 'avsc'

/** avsc's cursor over the bytes of a value. */
interface Tap {
  readonly buf: Buffer
  readonly pos: number
  readLong(): number
}

// What avsc's types read themselves with; its own declarations leave it out.
declare module 'avsc' {
  interface Type {
    _read(tap: Tap): unknown
  }
}

/**
 * An Avro array that has no more entries than its value has bytes. avsc reads on past the end as often as a block's count
 * says, which a few bytes can set to billions, and then V8 ends the process (Avro specification, "Arrays").
 */
class BoundedArray extends avsc.types.ArrayType {
  override _read(tap: Tap): unknown[] {
    const entries: unknown[] = []
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      // Below 0 it is followed by the bytes of the block.
      if (count < 0) tap.readLong()
      const entriesOfBlock = Math.abs(count)
      const left = tap.buf.length - tap.pos
      if (entriesOfBlock > left) throw new Error(`a list of ${entriesOfBlock} entries in the last ${left} bytes`)
      for (let i = 0; i < entriesOfBlock; i += 1) entries.push(this.itemsType._read(tap))
    }
    return entries
  }
}

/** The type of a schema for reading what anyone may have written. Throws where the text is no Avro schema. */
export const boundedType = (schema: string): avsc.Type =>
  avsc.Type.forSchema(JSON.parse(schema), {
    typeHook: (part, options) =>
      typeof part === 'object' && 'type' in part && part.type === 'array' ? new BoundedArray(part, options) : undefined,
  })

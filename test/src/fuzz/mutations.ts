import fc from 'fast-check'

type Mutate = (bytes: Buffer) => Buffer

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const at = (bytes: Buffer, share: number): number => Math.floor(share * (bytes.length + 1))

/** Bytes that decoders trip over: lengths and indexes at the ends of their ranges, magic bytes, brackets, odd UTF-8. */
const TRAPS = [
  [0x00],
  [0xff],
  [0x7f],
  [0x80],
  [0xfe, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x7f, 0xff, 0xff, 0xff],
  [0xed, 0xa0, 0x80],
  [0xef, 0xbb, 0xbf],
  [...Buffer.from('\\u0000')],
  [...Buffer.from('\\ud800')],
  [...Buffer.from('"__proto__":')],
  [...Buffer.from('1e400')],
  [...Buffer.from('[[[[[[[[')],
  [...Buffer.from('{"a":')],
  [...Buffer.from('../')],
].map((trap) => Buffer.from(trap))

const insert = fc.tuple(place, fc.constantFrom(...TRAPS)).map(
  ([share, trap]): Mutate =>
    (bytes) =>
      Buffer.concat([bytes.subarray(0, at(bytes, share)), trap, bytes.subarray(at(bytes, share))]),
)
const overwrite = fc.tuple(place, fc.constantFrom(...TRAPS)).map(
  ([share, trap]): Mutate =>
    (bytes) => {
      const from = at(bytes, share)
      return Buffer.concat([bytes.subarray(0, from), trap, bytes.subarray(from + trap.length)])
    },
)
const flip = fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
  ([share, bits]): Mutate =>
    (bytes) => {
      const copy = Buffer.from(bytes)
      const where = at(bytes, share)
      const old = copy[where]
      if (old !== undefined) copy[where] = old ^ bits
      return copy
    },
)
const cut = place.map(
  (share): Mutate =>
    (bytes) =>
      bytes.subarray(0, at(bytes, share)),
)
const remove = fc.tuple(place, fc.integer({ min: 1, max: 16 })).map(
  ([share, count]): Mutate =>
    (bytes) => {
      const from = at(bytes, share)
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + count)])
    },
)
const repeat = fc.tuple(place, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 2, max: 200 })).map(
  ([share, count, times]): Mutate =>
    (bytes) => {
      const from = at(bytes, share)
      const part = bytes.subarray(from, from + count)
      return Buffer.concat([bytes.subarray(0, from), ...Array<Buffer>(times).fill(part), bytes.subarray(from)])
    },
)
/** The tail of another sample behind the head of this one. */
const splice = (samples: readonly Buffer[]): fc.Arbitrary<Mutate> =>
  fc.tuple(place, place, fc.constantFrom(...samples)).map(
    ([share, other, sample]): Mutate =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, at(bytes, share)), sample.subarray(at(sample, other))]),
  )

/** A real sample with up to eight things done to it; now and then bytes of no sample at all. */
export const spoiled = (samples: readonly Buffer[]): fc.Arbitrary<Buffer> => {
  const mutation = fc.oneof(insert, overwrite, flip, cut, remove, repeat, splice(samples))
  const mutated = fc
    .tuple(fc.constantFrom(...samples), fc.array(mutation, { maxLength: 8 }))
    .map(([sample, mutations]) => mutations.reduce((bytes, mutate) => mutate(bytes), sample))
  const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  return fc.oneof({ weight: 19, arbitrary: mutated }, { weight: 1, arbitrary: anything })
}

import { createReadStream, type ReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { messageOf } from '@pokepedia/errors'
import { extract, type Header } from 'tar-stream'
import { failure, usageError } from '../failure.ts'
import { documentOf, fileKind, type ImportFile, type ImportSource } from './import-file.ts'

type Compression = 'none' | 'gzip' | 'xz'

/** What a file begins with says more than its name. */
const MAGIC: readonly { readonly compression: Compression; readonly at: number; readonly bytes: Buffer }[] = [
  { compression: 'gzip', at: 0, bytes: Buffer.from([0x1f, 0x8b]) },
  { compression: 'xz', at: 0, bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) },
  { compression: 'none', at: 257, bytes: Buffer.from('ustar') },
]
const HEAD_BYTES = 512

const compressionOf = async (file: string): Promise<Compression> => {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    const found = MAGIC.find(({ at, bytes }) => buffer.subarray(at, at + bytes.length).equals(bytes))
    if (found) return found.compression
  } finally {
    await handle.close()
  }
  throw usageError(`${file} is neither a directory nor a .tar, .tar.gz or .tar.xz of one`)
}

const decompressed = async (packed: ReadStream, compression: Compression): Promise<Readable> => {
  if (compression === 'xz') {
    // Loaded when it is needed: every verb would pay for its WebAssembly.
    const { default: xz } = await import('xz-decompress')
    return Readable.fromWeb(new xz.XzReadableStream(Readable.toWeb(packed)))
  }
  if (compression === 'none') return packed
  const gunzip = createGunzip()
  packed.on('error', (error) => gunzip.destroy(error))
  return packed.pipe(gunzip)
}

type Entry = AsyncIterable<unknown> & { readonly header: Header; resume(): unknown }

const contentOf = async (entry: Entry): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The name below the API root, wherever in the archive that lies; undefined for what lies outside. */
const nameBelowRoot = (name: string): string | undefined => /(?:^|\/)api\/v2\/(.+)$/.exec(name)?.[1]

const fileOf = async (entry: Entry): Promise<ImportFile | undefined> => {
  const { name: whole, type, mtime: modifiedAt } = entry.header
  const name = type === 'file' || type === 'contiguous-file' ? nameBelowRoot(whole) : undefined
  const kind = name === undefined ? undefined : fileKind(name)
  if (kind && 'path' in kind) return documentOf(kind.path, modifiedAt, await contentOf(entry))
  entry.resume()
  return name === undefined || kind === undefined ? undefined : { kind: 'skip', name, reason: kind.skip }
}

/**
 * A .tar, .tar.gz or .tar.xz of a directory of PokeAPI/api-data or of ditto's output, read as it is unpacked. Throws a
 * usage error when it is none, and a failure when it ends early.
 */
export const openArchive = async (file: string): Promise<ImportSource> => {
  const compression = await compressionOf(file)
  const { size } = await stat(file)
  const packed = createReadStream(file)
  return {
    progress: () => packed.bytesRead / size,
    async *files() {
      const unpacked = await decompressed(packed, compression)
      const entries = extract()
      unpacked.on('error', (error) => entries.destroy(error))
      let found = 0
      try {
        for await (const entry of unpacked.pipe(entries)) {
          const next = await fileOf(entry)
          if (!next) continue
          found += 1
          yield next
        }
      } catch (cause) {
        throw failure(
          `${file} can't be read to its end: ${messageOf(cause)}; an import of the whole file goes on from what is stored`,
          cause,
        )
      }
      if (found === 0) throw usageError(`${file} has no api/v2/ in it; give an archive of PokeAPI/api-data`)
    },
  }
}

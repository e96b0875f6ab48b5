import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { classify, errors } from '@pokepedia/errors'
import { Client } from 'minio'
import type { Registry } from 'prom-client'
import { z } from 'zod'
import { createObjectStoreMetrics, type ObjectOperation } from './object-store-metrics.ts'
import { s3Agent } from './s3-agent.ts'
import { s3CodeOf, s3Error } from './s3-errors.ts'

export interface ObjectStoreConfig {
  /** `http://host:port` or `https://host`. */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
  readonly region: string
  /** A connection on which no byte moves for so long is cut; 30,000 unless told otherwise. */
  readonly silenceMs?: number
  /** Where its metrics are declared; they are counted nowhere without. */
  readonly registry?: Registry
}

export interface StoredObject {
  readonly key: string
  readonly size: number
}

/**
 * One bucket of an S3 store. Every call throws `s3_unavailable`, `s3_config` or `object_refused`; an answer that is none
 * of these is `internal`.
 */
export interface ObjectStore extends AsyncDisposable {
  readonly bucket: string
  /** Writes an object whole; an earlier one of the key is replaced. SVG is marked as an attachment, since it may hold script. */
  put(key: string, body: Buffer, contentType: string): Promise<void>
  /** The whole object; `object_refused` when there is none. */
  get(key: string): Promise<Buffer>
  /** Size in bytes; undefined when there is none. */
  sizeOf(key: string): Promise<number | undefined>
  /** Size in bytes and SHA-256 in hex of the bytes as they are read, without holding them; undefined when there is none. */
  digestOf(key: string): Promise<{ size: number; sha256: string } | undefined>
  /** Removes an object; one that is not there is no error. */
  remove(key: string): Promise<void>
  /** Objects that are written meanwhile, and with some stores others of their folder, may be left out: ask `sizeOf`. */
  list(prefix?: string): AsyncIterable<StoredObject>
  /** Makes the bucket when it is not there. */
  ensureBucket(): Promise<void>
  /** Resolves when the store answers and the bucket is there. */
  ping(): Promise<void>
}

const listed = z.union([z.object({ prefix: z.string() }), z.object({ name: z.string(), size: z.number() })])
type Listed = z.infer<typeof listed>
const SILENCE_MS = 30_000
const LISTING_TRIES = 5
const LISTING_PAUSE_MS = 50

/** Opens the store; it need not be up yet. */
export const openObjectStore = (config: ObjectStoreConfig): ObjectStore => {
  const { bucket, region, silenceMs = SILENCE_MS } = config
  const url = new URL(config.endpoint)
  const useSSL = url.protocol === 'https:'
  const agent = s3Agent(useSSL, silenceMs)
  const client = new Client({
    endPoint: url.hostname,
    port: Number(url.port) || (useSSL ? 443 : 80),
    useSSL,
    accessKey: config.accessKey,
    secretKey: config.secretKey,
    // Given, so that the client does not ask for the bucket's region before the first request.
    region,
    transportAgent: agent,
    // Repeating is the pipeline's business, and the client tells of its own repeats on stderr.
    retryOptions: { disableRetry: true },
  })
  const { measured, wrote } = createObjectStoreMetrics(config.registry, bucket)
  const ask = <Answer>(operation: ObjectOperation, what: string, call: () => Promise<Answer>): Promise<Answer> =>
    measured(operation, call).catch((cause: unknown) => {
      throw s3Error(what, cause)
    })

  const entriesOf = (prefix: string): Promise<Listed[]> =>
    ask('list', `listing ${bucket}/${prefix}`, async () => {
      const entries: Listed[] = []
      for await (const item of client.listObjectsV2(bucket, prefix, false)) entries.push(listed.parse(item))
      return entries
    })

  // S3Proxy answers 500 when a file is replaced while its folder is listed; a moment later the listing is whole.
  const readFolder = async (prefix: string): Promise<Listed[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return await entriesOf(prefix)
      } catch (error) {
        if (tries === LISTING_TRIES || classify(error).class !== 'pause') throw error
        await delay(LISTING_PAUSE_MS * tries)
      }
    }
  }

  // Folder by folder: a store that keeps plain files walks the whole prefix anew for every page of 1,000 keys.
  const listFolder = async function* (prefix: string): AsyncGenerator<StoredObject> {
    const folders: string[] = []
    for (const entry of await readFolder(prefix)) {
      if ('prefix' in entry) folders.push(entry.prefix)
      else yield { key: entry.name, size: entry.size }
    }
    for (const folder of folders) yield* listFolder(folder)
  }

  /** Undefined where the store says that there is no such object. */
  const ifThere = async <Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await call()
    } catch (cause) {
      if (/^(NotFound|NoSuchKey)$/.test(s3CodeOf(cause))) return undefined
      throw cause
    }
  }

  const digest = async (key: string): Promise<{ size: number; sha256: string }> => {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of await client.getObject(bucket, key)) {
      const bytes = Buffer.from(chunk)
      hash.update(bytes)
      size += bytes.length
    }
    return { size, sha256: hash.digest('hex') }
  }

  return {
    bucket,
    put: (key, body, contentType) =>
      ask('put', `storing ${key}`, async () => {
        const disposition = contentType.startsWith('image/svg') ? { 'Content-Disposition': 'attachment' } : {}
        await client.putObject(bucket, key, body, body.length, { 'Content-Type': contentType, ...disposition })
        wrote(body.length)
      }),
    get: (key) =>
      ask('get', `reading ${key}`, async () => {
        const chunks: Buffer[] = []
        for await (const chunk of await client.getObject(bucket, key)) chunks.push(Buffer.from(chunk))
        return Buffer.concat(chunks)
      }),
    sizeOf: (key) =>
      ask('stat', `looking up ${key}`, () => ifThere(async () => (await client.statObject(bucket, key)).size)),
    digestOf: (key) => ask('get', `reading ${key}`, () => ifThere(() => digest(key))),
    remove: (key) => ask('remove', `removing ${key}`, () => client.removeObject(bucket, key)),
    list: (prefix = '') => listFolder(prefix),
    ensureBucket: () =>
      ask('make_bucket', `making the bucket ${bucket}`, async () => {
        if (await client.bucketExists(bucket)) return
        try {
          await client.makeBucket(bucket, region)
        } catch (cause) {
          // Another instance was first.
          if (!/^Bucket(AlreadyOwnedByYou|AlreadyExists)$/.test(s3CodeOf(cause))) throw cause
        }
      }),
    ping: () =>
      ask('ping', 'asking the object store', async () => {
        if (await client.bucketExists(bucket)) return
        throw errors('s3_config', `the bucket ${bucket} is missing`)
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy()
    },
  }
}

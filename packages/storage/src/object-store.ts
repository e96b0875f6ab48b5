import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { type ErrorCode, errors, messageOf, type PipelineError } from '@pokepedia/errors'
import { Client } from 'minio'
import { z } from 'zod'

export interface ObjectStoreConfig {
  /** `http://host:port` or `https://host`. */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
  readonly region: string
}

export interface StoredObject {
  readonly key: string
  readonly size: number
}

/** One bucket of an S3 store. Every call throws `s3_unavailable`, `s3_config` or `object_refused`. */
export interface ObjectStore extends AsyncDisposable {
  readonly bucket: string
  /** Writes an object whole; an earlier one of the key is replaced. SVG is marked as an attachment, since it may hold script. */
  put(key: string, body: Buffer, contentType: string): Promise<void>
  get(key: string): Promise<Buffer>
  /** Size in bytes; undefined when there is none. */
  sizeOf(key: string): Promise<number | undefined>
  list(prefix?: string): AsyncIterable<StoredObject>
  /** Makes the bucket when it is not there. */
  ensureBucket(): Promise<void>
  /** Resolves when the store answers and the bucket is there. */
  ping(): Promise<void>
}

const BY_CODE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(NoSuchBucket|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|AuthorizationHeaderMalformed)$/, 's3_config'],
  [/^(EntityTooLarge|KeyTooLongError|InvalidArgument|InvalidObjectName)$/, 'object_refused'],
]
const failureSchema = z.object({ code: z.string() })

const codeOf = (cause: unknown): string => failureSchema.safeParse(cause).data?.code ?? ''

const s3Error = (what: string, cause: unknown): PipelineError => {
  const code = codeOf(cause)
  const known = BY_CODE.find(([pattern]) => pattern.test(code))?.[1]
  // SlowDown, 5xx, refused and broken connections: what is not a verdict on us is the store being away.
  return errors(known ?? 's3_unavailable', `${what}: ${messageOf(cause)}${code ? ` (${code})` : ''}`, { cause })
}

const listed = z.union([z.object({ prefix: z.string() }), z.object({ name: z.string(), size: z.number() })])
const SOCKETS = 64

/** Opens the store; it need not be up yet. */
export const openObjectStore = (config: ObjectStoreConfig): ObjectStore => {
  const { bucket, region } = config
  const url = new URL(config.endpoint)
  const useSSL = url.protocol === 'https:'
  const agent = new (useSSL ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: SOCKETS })
  const client = new Client({
    endPoint: url.hostname,
    port: Number(url.port) || (useSSL ? 443 : 80),
    useSSL,
    accessKey: config.accessKey,
    secretKey: config.secretKey,
    // Given, so that the client does not ask for the bucket's region before the first request.
    region,
    transportAgent: agent,
  })
  const ask = <Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> =>
    call().catch((cause: unknown) => {
      throw s3Error(what, cause)
    })

  // Folder by folder: a store that keeps plain files walks the whole prefix anew for every page of 1,000 keys.
  const listFolder = async function* (prefix: string): AsyncGenerator<StoredObject> {
    const folders: string[] = []
    try {
      for await (const item of client.listObjectsV2(bucket, prefix, false)) {
        const entry = listed.parse(item)
        if ('prefix' in entry) folders.push(entry.prefix)
        else yield { key: entry.name, size: entry.size }
      }
    } catch (cause) {
      throw s3Error(`listing ${bucket}/${prefix}`, cause)
    }
    for (const folder of folders) yield* listFolder(folder)
  }

  return {
    bucket,
    put: (key, body, contentType) =>
      ask(`storing ${key}`, async () => {
        const disposition = contentType.startsWith('image/svg') ? { 'Content-Disposition': 'attachment' } : {}
        await client.putObject(bucket, key, body, body.length, { 'Content-Type': contentType, ...disposition })
      }),
    get: (key) =>
      ask(`reading ${key}`, async () => {
        const chunks: Buffer[] = []
        for await (const chunk of await client.getObject(bucket, key)) chunks.push(Buffer.from(chunk))
        return Buffer.concat(chunks)
      }),
    sizeOf: (key) =>
      ask(`looking up ${key}`, async () => {
        try {
          return (await client.statObject(bucket, key)).size
        } catch (cause) {
          if (/^(NotFound|NoSuchKey)$/.test(codeOf(cause))) return undefined
          throw cause
        }
      }),
    list: (prefix = '') => listFolder(prefix),
    ensureBucket: () =>
      ask(`making the bucket ${bucket}`, async () => {
        if (await client.bucketExists(bucket)) return
        try {
          await client.makeBucket(bucket, region)
        } catch (cause) {
          // Another instance was first.
          if (!/^Bucket(AlreadyOwnedByYou|AlreadyExists)$/.test(codeOf(cause))) throw cause
        }
      }),
    ping: () =>
      ask('asking the object store', async () => {
        if (await client.bucketExists(bucket)) return
        throw errors('s3_config', `the bucket ${bucket} is missing`)
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy()
    },
  }
}

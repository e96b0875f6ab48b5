import { randomUUID } from 'node:crypto'
import { openObjectStore } from '@pokepedia/storage/object-store'
import type { StackJson } from '../stack-json.ts'
import type { Probe } from './check.ts'

const SILENCE_MS = 5_000

/** Puts an object of its own, reads it back and removes it. */
export const objectStoreProbes = ({ s3 }: StackJson): Probe[] => [
  {
    area: 'object store',
    name: `bucket ${s3.bucket} at ${s3.endpoint}`,
    todo: 'see that S3_ENDPOINT, the keys and S3_BUCKET are right, and that the keys may put, get and delete objects; the sprite fetcher makes the bucket when it starts',
    async look() {
      await using objects = openObjectStore({ ...s3, region: s3.region ?? 'us-east-1', silenceMs: SILENCE_MS })
      await objects.ping()
      const key = `pokepedia-doctor/${randomUUID()}.txt`
      const bytes = Buffer.from(key)
      await objects.put(key, bytes, 'text/plain')
      try {
        if (!bytes.equals(await objects.get(key))) throw new Error('another object came back than was put')
      } finally {
        await objects.remove(key)
      }
      if ((await objects.sizeOf(key)) !== undefined) throw new Error('an object that was removed is still there')
      return 'put, got and removed an object'
    },
  },
]

import { type ObjectStore, objectKeyOf } from '@pokepedia/storage'
import type { Contestant } from '../rounds.ts'
import { IN_FLIGHT, inFlight, openClient } from '../upstream-client.ts'

/** Fetches each file and puts it into the object store, in one process: what upstream and store can do at best. */
export const openRawPut = (objects: ObjectStore, files: readonly string[]): Contestant & AsyncDisposable => {
  const http = openClient()
  return {
    name: 'raw put (fetch, put)',
    processes: ['self', 's3'],
    prepare: async () => undefined,
    async run() {
      await inFlight(files, IN_FLIGHT, async (url) => {
        const { body } = await http.get(url)
        await objects.put(objectKeyOf(url), body, 'image/png')
      })
      return files.length
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

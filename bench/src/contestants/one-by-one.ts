import type { ResourcePath } from '@pokepedia/events'
import type { ResourceToSave, Store } from '@pokepedia/storage'
import { z } from 'zod'

// The schema's functions for a single resource: what a job of a queue calls, which has one document in hand.

const validatorRows = z.array(z.object({ etag: z.string().nullable() }))
const spriteRow = z.object({ url: z.string(), pointer: z.string() })
export type Sprite = z.infer<typeof spriteRow>
/** The outcome comes first, then the media that the document names, since no run knows of any. */
const savedRows = z
  .tuple([z.object({ outcome: z.string() })])
  .rest(spriteRow)
  .transform(([, ...sprites]): readonly Sprite[] => sprites)

export const validatorOf = async (store: Store, path: ResourcePath): Promise<string | undefined> => {
  const rows = await store.query(
    'looking up a validator',
    `select coalesce(c.etag, r.etag) as etag from pokeapi_resources r left join pokepedia_resource_checks c using (path)
     where r.path = $1 and r.status = 'present'`,
    [path],
  )
  return validatorRows.parse(rows)[0]?.etag ?? undefined
}

type Document = Omit<ResourceToSave, 'runId' | 'requestKinds' | 'traceparent'>

export const saveOne = async (store: Store, document: Document): Promise<readonly Sprite[]> =>
  savedRows.parse(
    await store.query(
      'saving a document',
      "select * from pokepedia_save_resource(null, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '{sprite}', null)",
      [
        document.path,
        document.resourceType,
        document.resourceId,
        document.name,
        document.url,
        document.text,
        document.contentHash,
        document.etag,
        document.fetchedAt,
        JSON.stringify(document.references),
        document.pokemon === null ? null : JSON.stringify(document.pokemon),
      ],
    ),
  )

export const confirmOne = async (
  store: Store,
  { path, resourceType, checkedAt }: { path: ResourcePath; resourceType: string; checkedAt: Date },
): Promise<readonly Sprite[]> =>
  savedRows.parse(
    await store.query(
      'confirming a document',
      "select * from pokepedia_confirm_resource(null, $1, $2, $3, null, '{sprite}', null)",
      [path, resourceType, checkedAt],
    ),
  )

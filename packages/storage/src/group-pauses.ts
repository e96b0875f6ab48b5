import { z } from 'zod'
import type { Store } from './store.ts'

const pauseRows = z.array(z.object({ group: z.string(), reason: z.string(), at: z.date() }))
/** A consumer group that an operator has paused, why, and since when. */
export type GroupPause = z.infer<typeof pauseRows>[number]

const COLUMNS = 'group_name as "group", reason, paused_at as "at"'

/** The groups that stand still on an operator's word. */
export const groupPauses = async (store: Store): Promise<GroupPause[]> =>
  pauseRows.parse(
    await store.query('reading pauses', `select ${COLUMNS} from pokepedia_group_pauses order by group_name`),
  )

/** Tells a group to stand still. One that already does keeps its time, and has the new reason. */
export const pauseGroup = async (store: Store, group: string, reason: string): Promise<GroupPause | undefined> => {
  const rows = await store.query(
    'pausing a group',
    `insert into pokepedia_group_pauses (group_name, reason) values ($1, $2)
     on conflict (group_name) do update set reason = excluded.reason returning ${COLUMNS}`,
    [group, reason],
  )
  return pauseRows.parse(rows)[0]
}

/** Tells a group to go on; false when it was not paused. */
export const resumeGroup = async (store: Store, group: string): Promise<boolean> => {
  const rows = await store.query(
    'resuming a group',
    'delete from pokepedia_group_pauses where group_name = $1 returning group_name',
    [group],
  )
  return rows.length > 0
}

import { createHash } from 'node:crypto'
import { type Log, readSettingsFile } from '@pokepedia/service'
import { applyScheduleFile, databaseNow, type Store } from '@pokepedia/storage'
import { scheduleFileSchema, scheduleToPut } from './schema.ts'

/**
 * Applies the file at the start of a seeder. Edits by the API win until the file's version rises. Whether the upstream
 * has its types is not asked, since it may be away: a run with an unknown type fails and says so.
 */
export const applySchedules = async (store: Store, file: string, log: Log): Promise<void> => {
  const { version, schedules } = await readSettingsFile('SCHEDULES_FILE', file, scheduleFileSchema)
  const at = await databaseNow(store)
  const result = await applyScheduleFile(store, {
    version,
    contentHash: createHash('sha256').update(JSON.stringify(schedules)).digest('hex'),
    schedules: schedules.map((schedule) => scheduleToPut(schedule, at)),
    at,
  })
  const about = { event: 'schedules.file', file, version, result }
  if (result === 'applied') log.info(about, `version ${version} of ${file} is applied: ${schedules.length} schedules`)
  else if (result === 'changed')
    log.warn(about, `${file} has changed and its version has not; raise "version" from ${version} to have it applied`)
  else if (result === 'older')
    log.warn(about, `a version later than ${version} of ${file} was applied before; it stays`)
}

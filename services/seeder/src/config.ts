import { settings } from '@pokepedia/service'
import { z } from 'zod'

/** The settings the seeder reads. */
export const seederConfig = z.object({
  ...settings.kafka,
  ...settings.registry,
  ...settings.postgres,
  ...settings.upstream,
  ...settings.retry,
  ...settings.runs,
  ...settings.schedules,
  ...settings.resources,
  ...settings.http,
  ...settings.api,
  ...settings.log,
  ...settings.build,
})

import { settings } from '@pokepedia/service'
import { z } from 'zod'

/** The settings the metrics service reads. */
export const metricsConfig = z.object({
  ...settings.kafka,
  ...settings.registry,
  ...settings.postgres,
  ...settings.objectStore,
  ...settings.seeder,
  ...settings.retry,
  ...settings.redrive,
  ...settings.http,
  ...settings.api,
  ...settings.page,
  ...settings.log,
  ...settings.build,
})

import { settings } from '@pokepedia/service'
import { z } from 'zod'

/** The settings the ingestor reads. */
export const ingestorConfig = z.object({
  ...settings.kafka,
  ...settings.registry,
  ...settings.postgres,
  ...settings.upstream,
  ...settings.resources,
  MEDIA_KINDS: settings.media.MEDIA_KINDS,
  ...settings.consumer,
  ...settings.retry,
  ...settings.trace,
  ...settings.http,
  ...settings.log,
  ...settings.build,
})

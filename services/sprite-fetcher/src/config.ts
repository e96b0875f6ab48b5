import { settings } from '@pokepedia/service'
import { z } from 'zod'

const { MEDIA_HOSTS, MEDIA_FRESH_FOR_DAYS, MAX_MEDIA_BYTES } = settings.media

/** The settings the sprite fetcher reads. */
export const spriteFetcherConfig = z.object({
  ...settings.kafka,
  ...settings.registry,
  ...settings.postgres,
  ...settings.objectStore,
  ...settings.upstream,
  ...{ MEDIA_HOSTS, MEDIA_FRESH_FOR_DAYS, MAX_MEDIA_BYTES },
  ...settings.consumer,
  ...settings.retry,
  ...settings.trace,
  ...settings.http,
  ...settings.log,
  ...settings.build,
})

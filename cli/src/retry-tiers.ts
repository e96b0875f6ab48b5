import { settings } from '@pokepedia/service'
import { z } from 'zod'
import { cliSettings, ofItsOwn } from './cli-settings.ts'

const retryConfig = z.object(settings.retry)

/** RETRY_TIERS of the environment, as the services read it; a usage error when it is malformed. */
export const retryTiersSetting = (): string => cliSettings(retryConfig, ofItsOwn(retryConfig)).RETRY_TIERS

import { configFaults, givenSettings, settings } from '@pokepedia/service'
import { z } from 'zod'
import { usageError } from './failure.ts'

const retryConfig = z.object(settings.retry)

/** RETRY_TIERS of the environment, as the services read it; a usage error when it is malformed. */
export const retryTiersSetting = (): string => {
  const faults = configFaults(retryConfig, process.env).filter((fault) => fault.startsWith('RETRY_TIERS:'))
  if (faults.length > 0) throw usageError(faults.join('; '))
  return retryConfig.parse(givenSettings(retryConfig, process.env)).RETRY_TIERS
}

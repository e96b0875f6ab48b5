import type { z } from 'zod'
import { type SettingFacts, settingFacts } from './setting-types.ts'
import { settings } from './settings.ts'

/** A setting with its name, its facts and the group it belongs to. */
export interface KnownSetting extends SettingFacts {
  readonly name: string
  readonly group: string
}

const settingsOf = ([group, shape]: [string, Record<string, z.ZodType>]): KnownSetting[] =>
  Object.entries(shape).map(([name, schema]) => {
    const facts = settingFacts.get(schema)
    if (!facts) throw new Error(`${name} has no facts: make it with a function of setting-types.ts`)
    return { name, group, ...facts }
  })

/** Every setting of the product, in the order of the list. */
export const knownSettings: readonly KnownSetting[] = Object.entries(settings).flatMap(settingsOf)

import { readFile } from 'node:fs/promises'
import { errors, messageOf } from '@pokepedia/errors'
import { z } from 'zod'

/** Reads a JSON file that a setting names. Throws `settings_file_invalid` with the setting, the file and every fault. */
export const readSettingsFile = async <Schema extends z.ZodType>(
  setting: string,
  file: string,
  schema: Schema,
): Promise<z.output<Schema>> => {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)
    throw errors('settings_file_invalid', `${setting} ${file}: ${why}`, { cause })
  }
}

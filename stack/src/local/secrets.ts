import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from './whole-file.ts'

const secretsSchema = z.object({ postgresPassword: z.string(), s3AccessKey: z.string(), s3SecretKey: z.string() })
export type Secrets = z.infer<typeof secretsSchema>

const parse = (text: string): Secrets | undefined => {
  try {
    return secretsSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/**
 * The stack's passwords: random for each directory, kept beside its data in a file that only its owner reads.
 * Throws when the data is there and the passwords are not.
 */
export const secretsOf = async (directory: string): Promise<Secrets> => {
  const file = join(directory, 'secrets.json')
  const found = parse(await readFile(file, 'utf8').catch(() => ''))
  if (found) return found
  if (existsSync(join(directory, 'postgres/initialised')))
    throw new Error(
      `${file} is gone or damaged, and the database beside it needs its password. Put it back, or start with --fresh.`,
    )
  const made = {
    postgresPassword: randomBytes(18).toString('hex'),
    s3AccessKey: `local${randomBytes(6).toString('hex')}`,
    s3SecretKey: randomBytes(18).toString('hex'),
  }
  await writeWhole(file, made)
  return made
}

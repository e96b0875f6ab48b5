import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const secretsSchema = z.object({ postgresPassword: z.string(), s3AccessKey: z.string(), s3SecretKey: z.string() })
export type Secrets = z.infer<typeof secretsSchema>

/** The stack's passwords: random for each directory, kept beside its data in a file that only its owner reads. */
export const secretsOf = async (directory: string): Promise<Secrets> => {
  const file = join(directory, 'secrets.json')
  const found = await readFile(file, 'utf8').catch(() => undefined)
  if (found !== undefined) return secretsSchema.parse(JSON.parse(found))
  const made = {
    postgresPassword: randomBytes(18).toString('hex'),
    s3AccessKey: `local${randomBytes(6).toString('hex')}`,
    s3SecretKey: randomBytes(18).toString('hex'),
  }
  await writeFile(file, JSON.stringify(made), { mode: 0o600 })
  return made
}

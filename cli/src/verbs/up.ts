import { S3_SERVERS } from '@pokepedia/stack'
import { commaList, oneText, positiveInteger, rootUrl } from '../args.ts'
import { openTerminal } from '../terminal.ts'
import { runUp } from '../up/run-up.ts'
import { upstreamChoice } from '../up/upstream.ts'
import type { Cli } from './common.ts'

/** `pokepedia up`: the whole deployment on this machine, seeded once. */
export const addUp = (cli: Cli): Cli =>
  cli.command(
    'up',
    'Start the stack and the services, seed, and stay until Ctrl-C',
    (verb) =>
      verb
        .option('once', {
          type: 'boolean',
          default: false,
          describe: 'Exit when the run has closed; 0 if its audit balances',
        })
        .option('fresh', { type: 'boolean', default: false, describe: 'Remove all data first (the downloads stay)' })
        .option('upstream', {
          type: 'string',
          requiresArg: true,
          describe: 'API root to copy, for example https://pokeapi.co/api/v2/',
          coerce: rootUrl('upstream'),
        })
        .option('upstream-dir', {
          type: 'string',
          requiresArg: true,
          describe: 'Serve and copy a directory of PokeAPI/api-data',
          coerce: oneText('upstream-dir'),
        })
        .option('pokemon', {
          type: 'number',
          requiresArg: true,
          describe: 'Serve and copy a made-up PokeAPI of N pokemon (151)',
          coerce: positiveInteger('pokemon'),
        })
        .option('s3', {
          choices: S3_SERVERS,
          requiresArg: true,
          default: 's3proxy' as const,
          describe: 'S3 server; minio is the one on PATH. Each has data of its own',
        })
        .option('types', {
          type: 'string',
          requiresArg: true,
          describe: 'Resource types to seed, separated by commas (all)',
          coerce: commaList('types'),
        })
        .option('limit', {
          type: 'number',
          requiresArg: true,
          describe: 'Seed at most N resources',
          coerce: positiveInteger('limit'),
        })
        .conflicts({ upstream: ['upstream-dir', 'pokemon'], 'upstream-dir': ['pokemon'] }),
    async (args) => {
      process.exitCode = await runUp({
        terminal: openTerminal(args.json),
        directory: args.directory,
        upstream: upstreamChoice(args),
        s3: args.s3,
        fresh: args.fresh,
        once: args.once,
        types: args.types,
        limit: args.limit,
      })
    },
  )

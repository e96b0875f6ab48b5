import { commaList, positiveInteger } from './args.ts'

/** What a run is asked for, on the command line: the options of `seed` and of a schedule's runs. */
export const seedOptions = {
  types: {
    type: 'string',
    requiresArg: true,
    describe: 'Resource types, separated by commas (all)',
    coerce: commaList('types'),
  },
  limit: { type: 'number', requiresArg: true, describe: 'At most N resources', coerce: positiveInteger('limit') },
  force: { type: 'boolean', default: false, describe: 'Fetch what is unchanged, too' },
} as const

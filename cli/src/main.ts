import { isPipelineError, messageOf } from '@pokepedia/errors'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { oneText } from './args.ts'
import { CliError, usageError } from './failure.ts'
import type { Cli } from './verbs/common.ts'

/** Each verb's module is loaded when the verb is named: all of them take a second of CPU time. */
const VERBS: Readonly<Record<string, () => Promise<(cli: Cli) => Cli>>> = {
  up: async () => (await import('./verbs/up.ts')).addUp,
  seed: async () => (await import('./verbs/seed.ts')).addSeed,
  status: async () => (await import('./verbs/status.ts')).addStatus,
  runs: async () => (await import('./verbs/runs.ts')).addRuns,
  schedules: async () => (await import('./verbs/schedules.ts')).addSchedules,
  tail: async () => (await import('./verbs/tail.ts')).addTail,
  changes: async () => (await import('./verbs/changes.ts')).addChanges,
  explain: async () => (await import('./verbs/explain.ts')).addExplain,
  dlq: async () => (await import('./verbs/dlq.ts')).addDlq,
  redrives: async () => (await import('./verbs/redrives.ts')).addRedrives,
  pause: async () => (await import('./verbs/pause.ts')).addPause,
  resume: async () => (await import('./verbs/pause.ts')).addResume,
  audit: async () => (await import('./verbs/audit.ts')).addAudit,
  import: async () => (await import('./verbs/import.ts')).addImport,
  verify: async () => (await import('./verbs/verify.ts')).addVerify,
  project: async () => (await import('./verbs/project.ts')).addProject,
  doctor: async () => (await import('./verbs/doctor.ts')).addDoctor,
  smoke: async () => (await import('./verbs/smoke.ts')).addSmoke,
  topics: async () => (await import('./verbs/topics.ts')).addTopics,
}

/** The verbs that an argument may name, wherever it stands; all of them for `--help` and what is no verb. */
const verbsIn = async (args: readonly string[]): Promise<((cli: Cli) => Cli)[]> => {
  const named = Object.keys(VERBS).filter((verb) => args.includes(verb))
  const loads = Object.entries(VERBS).filter(([verb]) => named.length === 0 || named.includes(verb))
  return Promise.all(loads.map(([, load]) => load()))
}

/** Says what went wrong and returns the exit code. What nobody expected keeps its stack, for the report. */
const report = (error: unknown): number => {
  if (error instanceof CliError) {
    console.error(`pokepedia: ${error.message}`)
    return error.exitCode
  }
  if (isPipelineError(error)) console.error(`pokepedia: ${error.message} (${error.code}: ${error.hint})`)
  else console.error('pokepedia: this should not happen;', error instanceof Error ? error : messageOf(error))
  return 1
}

/** Whether a verb threw it; what yargs itself finds wrong, `coerce` included, is a message or its own YError. */
const isWork = (error: unknown): boolean => error instanceof Error && error.name !== 'YError'
const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ')

const main = async (): Promise<void> => {
  const args = hideBin(process.argv)
  const common = yargs(args)
    .scriptName('pokepedia')
    .usage('$0 VERB [options]\n\nKeeps a complete, verifiable copy of PokeAPI, streamed through Kafka.')
    .option('json', { type: 'boolean', default: false, describe: 'One line of JSON on standard output' })
    .option('directory', {
      type: 'string',
      requiresArg: true,
      describe: 'Where the deployment keeps its state (default: .local)',
      coerce: oneText('directory'),
    })
  const withVerbs = (await verbsIn(args)).reduce((cli, add) => add(cli), common)
  await withVerbs
    .demandCommand(1, 'the verb is missing')
    .strict()
    .epilogue('Exit code: 0 ok, 1 failed, 2 usage.')
    .exitProcess(false)
    .fail((message: string | null, error: unknown) => {
      throw isWork(error) ? error : usageError(`${oneLine(message ?? messageOf(error))}; see \`pokepedia --help\``)
    })
    .parseAsync()
}

// A closed terminal or a pipe that is read no further must not end the shutdown in the middle.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

try {
  await main()
} catch (error) {
  process.exitCode = report(error)
}

import { isPipelineError, messageOf } from '@pokepedia/errors'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { oneText } from './args.ts'
import { CliError, usageError } from './failure.ts'
import { addAudit } from './verbs/audit.ts'
import { addChanges } from './verbs/changes.ts'
import { addDlq } from './verbs/dlq.ts'
import { addDoctor } from './verbs/doctor.ts'
import { addExplain } from './verbs/explain.ts'
import { addImport } from './verbs/import.ts'
import { addPause, addResume } from './verbs/pause.ts'
import { addRedrives } from './verbs/redrives.ts'
import { addRuns } from './verbs/runs.ts'
import { addSchedules } from './verbs/schedules.ts'
import { addSeed } from './verbs/seed.ts'
import { addSmoke } from './verbs/smoke.ts'
import { addStatus } from './verbs/status.ts'
import { addTail } from './verbs/tail.ts'
import { addTopics } from './verbs/topics.ts'
import { addUp } from './verbs/up.ts'
import { addVerify } from './verbs/verify.ts'

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
  const common = yargs(hideBin(process.argv))
    .scriptName('pokepedia')
    .usage('$0 VERB [options]\n\nKeeps a complete, verifiable copy of PokeAPI, streamed through Kafka.')
    .option('json', { type: 'boolean', default: false, describe: 'One line of JSON on standard output' })
    .option('directory', {
      type: 'string',
      requiresArg: true,
      describe: 'Where the deployment keeps its state (default: .local)',
      coerce: oneText('directory'),
    })
  const withVerbs = [
    addUp,
    addSeed,
    addStatus,
    addRuns,
    addSchedules,
    addTail,
    addChanges,
    addExplain,
    addDlq,
    addRedrives,
    addPause,
    addResume,
    addAudit,
    addImport,
    addVerify,
    addDoctor,
    addSmoke,
    addTopics,
  ].reduce((cli, add) => add(cli), common)
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

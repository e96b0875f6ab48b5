import { z } from 'zod'
import { oneText } from '../args.ts'
import { ask } from '../service-client.ts'
import { readStackJson } from '../stack-json.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli, CommonOptions } from './common.ts'

const answerSchema = z.looseObject({ group: z.string(), paused: z.looseObject({ reason: z.string() }).nullable() })

const post = async (args: CommonOptions, group: string, verb: 'pause' | 'resume', body: object): Promise<void> => {
  const stack = await readStackJson(layoutOf(args.directory))
  const path = `/v1/groups/${encodeURIComponent(group)}/${verb}`
  const answer = answerSchema.parse((await ask(stack, { service: 'metrics', method: 'POST', path, body })).json)
  const text = answer.paused ? `${group} stands still: ${answer.paused.reason}` : `${group} goes on`
  openTerminal(args.json).result(answer, text)
}

/** `pokepedia pause GROUP --reason TEXT`. */
export const addPause = (cli: Cli): Cli =>
  cli.command(
    'pause <group>',
    'Have a consumer group stand still until it is resumed; what is in work is finished',
    (verb) =>
      verb
        .positional('group', { type: 'string', demandOption: true, describe: 'For example ingestor' })
        .option('reason', {
          type: 'string',
          demandOption: true,
          requiresArg: true,
          describe: 'For those who find it paused',
          coerce: oneText('reason'),
        }),
    (args) => post(args, args.group, 'pause', { reason: args.reason }),
  )

/** `pokepedia resume GROUP`. */
export const addResume = (cli: Cli): Cli =>
  cli.command(
    'resume <group>',
    'Have a paused consumer group go on',
    (verb) => verb.positional('group', { type: 'string', demandOption: true, describe: 'For example ingestor' }),
    (args) => post(args, args.group, 'resume', {}),
  )

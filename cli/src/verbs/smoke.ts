import { openAdmin } from '@pokepedia/pipeline'
import { age, commaList, positiveInteger } from '../args.ts'
import { kafkaOf } from '../deployment-kafka.ts'
import { storeOf } from '../deployment-store.ts'
import { smoke } from '../smoke/smoke.ts'
import { openWay, type Step, WayEnded } from '../smoke/steps.ts'
import { readStackJson } from '../stack-json.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const LIMIT = 5
const WITHIN_MS = 60_000

const line = ({ step, ok, detail, look }: Step): string =>
  `${ok ? '✔' : '✘'} ${step}: ${detail}${look === undefined ? '' : `\n    → ${look}`}`

/** `pokepedia smoke`: a small batch, followed all the way through a running deployment. */
export const addSmoke = (cli: Cli): Cli =>
  cli.command(
    'smoke',
    'Seed a few resources and see each step: enqueued, processed, stored, measured; 1 if one fails',
    (verb) =>
      verb
        .option('types', {
          type: 'string',
          requiresArg: true,
          describe: 'Resource types, separated by commas (type)',
          coerce: commaList('types'),
        })
        .option('limit', {
          type: 'number',
          requiresArg: true,
          describe: `At most N resources (${LIMIT})`,
          coerce: positiveInteger('limit'),
        })
        .option('within', {
          type: 'string',
          requiresArg: true,
          describe: 'Time for the whole way (60s)',
          coerce: age('within'),
        }),
    async (args) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const terminal = openTerminal(args.json)
      await using store = storeOf(stack)
      const way = openWay((step) => terminal.say(line(step)))
      const ok = await (async () => {
        await using admin = await way.step('Kafka answers', 'pokepedia doctor', async () => ({
          value: await openAdmin(kafkaOf(stack)),
          detail: stack.kafka,
        }))
        const [limit, withinMs] = [args.limit ?? LIMIT, args.within ?? WITHIN_MS]
        await smoke(way, { stack, store, admin, types: args.types ?? ['type'], limit, withinMs })
        return true
      })().catch((error: unknown) => {
        if (error instanceof WayEnded) return false
        throw error
      })
      if (terminal.json || ok) terminal.result({ ok, steps: way.steps }, 'everything works')
      process.exitCode = ok ? 0 : 1
    },
  )

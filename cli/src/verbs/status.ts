import { messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { ask } from '../service-client.ts'
import { readStackJson, SERVICE_NAMES, type ServiceName, type StackJson } from '../stack-json.ts'
import { columns, openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const count = z.number()
const statusSchema = z.looseObject({
  lagMeasuredAt: z.string().nullable(),
  queues: z.array(z.object({ queue: z.string(), ready: count, delayed: count })),
  groups: z.array(z.object({ group: z.string(), state: z.string(), members: count })),
  partitions: z.array(z.looseObject({ group: z.string(), currentOffset: count, startOffset: count, endOffset: count })),
  runs: z
    .array(
      z.looseObject({ id: z.string(), state: z.string(), counts: z.record(z.string(), z.record(z.string(), count)) }),
    )
    .nullable(),
})
const lettersSchema = z.looseObject({ groups: z.array(z.looseObject({ queue: z.string(), letters: count })) })
type Status = z.infer<typeof statusSchema>

const readySchema = z.looseObject({
  ok: z.boolean(),
  checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
})

interface Readiness {
  readonly service: ServiceName
  readonly answers: boolean
  readonly ready: boolean
  /** The failing checks; empty when it is ready. */
  readonly failing: readonly string[]
}

const ANSWER_MS = 5_000

const readinessOf = async ({ services }: StackJson, service: ServiceName): Promise<Readiness> => {
  try {
    const answer = await fetch(`${services[service].url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
    const { ok, checks } = readySchema.parse(await answer.json())
    const failing = checks.filter((check) => !check.ok).map(({ name, detail }) => `${name}: ${detail ?? 'failed'}`)
    return { service, answers: true, ready: ok, failing }
  } catch (error) {
    return { service, answers: false, ready: false, failing: [`no answer: ${messageOf(error)}`] }
  }
}

/** Lag with what was never committed counted from the start of the log, so that sums mean something. */
const groupRows = ({ groups, partitions }: Status): (string | number)[][] =>
  groups.map(({ group, state, members }) => {
    const lag = partitions
      .filter((row) => row.group === group)
      .reduce((sum, row) => sum + Math.max(0, row.endOffset - Math.max(row.currentOffset, row.startOffset)), 0)
    return [group, state, members, lag]
  })

const servicesTable = (services: readonly Readiness[]): string =>
  columns(
    ['service', 'ready', 'why not'],
    services.map(({ service, ready, failing }) => [service, ready ? 'yes' : 'no', failing.join('; ')]),
  )

const report = (services: readonly Readiness[], status: Status, letters: z.infer<typeof lettersSchema>): string => {
  const runs = (status.runs ?? []).flatMap(({ id, state, counts }) =>
    Object.entries(counts).map(([queue, of]) => [
      id,
      state,
      queue,
      of['requested'] ?? 0,
      of['in_flight'] ?? 0,
      of['dead'] ?? 0,
    ]),
  )
  const open = letters.groups.reduce((sum, group) => sum + group.letters, 0)
  return [
    servicesTable(services),
    columns(['group', 'state', 'members', 'lag'], groupRows(status)),
    runs.length === 0 ? 'no run yet' : columns(['run', 'state', 'queue', 'requested', 'in flight', 'dead'], runs),
    open === 0 ? 'no open dead letters' : `${open} open dead letters; \`pokepedia dlq list\` shows them`,
  ].join('\n\n')
}

/** `pokepedia status`: are the services ready, do the groups keep up, what do the runs do, what is dead. */
export const addStatus = (cli: Cli): Cli =>
  cli.command(
    'status',
    'Show the services, groups, newest runs and open dead letters; 1 if a service is not ready',
    (verb) => verb,
    async (args) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const services = await Promise.all(SERVICE_NAMES.map((service) => readinessOf(stack, service)))
      process.exitCode = services.every(({ ready }) => ready) ? 0 : 1
      const terminal = openTerminal(args.json)
      if (services.some(({ service, answers }) => service === 'metrics' && !answers)) {
        terminal.result({ services }, `${servicesTable(services)}\n\nthe metrics service knows the rest`)
        return
      }
      const get = async (path: string) => (await ask(stack, { service: 'metrics', method: 'GET', path })).json
      const status = statusSchema.parse(await get('/v1/status'))
      const letters = lettersSchema.parse(await get('/v1/dead-letters/groups'))
      const value = { services, ...status, deadLetters: letters.groups }
      terminal.result(value, report(services, status, letters))
    },
  )

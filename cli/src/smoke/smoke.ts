import { ingestQueue } from '@pokepedia/events'
import type { KafkaAdmin } from '@pokepedia/pipeline'
import { rowsOfRun, type Store } from '@pokepedia/storage'
import { z } from 'zod'
import { failure } from '../failure.ts'
import { requestRun } from '../seeder-client.ts'
import { ask } from '../service-client.ts'
import { SERVICE_NAMES, type ServiceName, type StackJson } from '../stack-json.ts'
import { metricSum } from './metric-sum.ts'
import { until, type Way } from './steps.ts'

export interface SmokeOptions {
  readonly stack: StackJson
  readonly store: Store
  readonly admin: KafkaAdmin
  readonly types: readonly string[]
  readonly limit: number
  /** Time for the whole way. */
  readonly withinMs: number
}

const ANSWER_MS = 5_000
const { name: topic, group } = ingestQueue
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

const get = async ({ services }: StackJson, service: ServiceName, path: string): Promise<string> => {
  const answer = await fetch(`${services[service].url}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) })
  if (answer.ok) return answer.text()
  throw failure(`${service} answers ${answer.status} to GET ${path}`)
}

/** Where the main topic ends and how far its group has read it, summed over the partitions. */
const placesOn = async (admin: KafkaAdmin): Promise<{ end: number; committed: number }> => {
  const rows = await admin.lag([{ group, topics: [topic] }])
  return {
    end: sum(rows.map(({ endOffset }) => endOffset)),
    // What was never committed is read from the start of the log.
    committed: sum(rows.map(({ currentOffset, startOffset }) => Math.max(currentOffset, startOffset))),
  }
}

const runSchema = z.looseObject({
  state: z.string(),
  counts: z.record(z.string(), z.record(z.string(), z.number())),
})
type RunView = z.infer<typeof runSchema>
const isOpen = ({ state }: RunView): boolean => state === 'discovering' || state === 'running'
const progress = ({ state, counts }: RunView): string => {
  const { requested = 0, in_flight = 0, ...outcomes } = counts[topic] ?? {}
  const told = Object.entries(outcomes).filter(([, count]) => count > 0)
  return `${state.replaceAll('_', ' ')}: ${requested} requested, ${told.map(([name, n]) => `${n} ${name}`).join(', ') || 'none settled'}, ${in_flight} in flight`
}

const processed = async (stack: StackJson): Promise<number> =>
  metricSum(await get(stack, 'ingestor', '/metrics'), 'pokepedia_records_processed_total', { queue: topic })
const exported = async (stack: StackJson): Promise<number> =>
  metricSum(await get(stack, 'metrics', '/metrics'), 'kafka_consumergroup_current_offset_sum', {
    consumergroup: group,
    topic,
  })

/** Follows a small batch through a running deployment, from the request to its metrics. */
export const smoke = async (way: Way, options: SmokeOptions): Promise<void> => {
  const { stack, store, admin, types, limit, withinMs } = options
  const endMs = Date.now() + withinMs

  await way.step('services answer', 'pokepedia doctor; the log of the service that is named', async () => {
    for (const service of SERVICE_NAMES) await get(stack, service, '/readyz')
    return { value: undefined, detail: SERVICE_NAMES.join(', ') }
  })
  const before = await way.step('measured before', 'pokepedia doctor', async () => {
    const [{ end, committed }, counter, members] = [
      await placesOn(admin),
      await processed(stack),
      (await admin.members([group]))[0]?.members ?? 0,
    ]
    const detail = `${topic} ends at ${end}, ${group} is at ${committed} with ${members} members`
    return { value: { end, committed, counter, members }, detail }
  })
  const runId = await way.step('seeded', 'the seeder’s log; is the upstream up?', async () => {
    const value = await requestRun(stack, { types, limit })
    return { value, detail: `${types.join(', ')}, at most ${limit}: run ${value}` }
  })
  const view = async (): Promise<RunView> =>
    runSchema.parse((await ask(stack, { service: 'seeder', method: 'GET', path: `/v1/runs/${runId}` })).json)
  const requestedOf = ({ counts }: RunView): number => counts[topic]?.['requested'] ?? 0
  const requested = await way.step(
    'enqueued',
    `the seeder’s log, event run.waiting; pokepedia tail ${topic}`,
    async () => {
      const look = async () => ({ run: await view(), end: (await placesOn(admin)).end })
      const found = await until(
        endMs,
        look,
        ({ run, end }) => run.state !== 'discovering' && end >= before.end + requestedOf(run),
        ({ run, end }) => `${requestedOf(run)} events requested, ${topic} ends at ${end}, was ${before.end}`,
      )
      const value = requestedOf(found.value.run)
      if (value === 0) throw failure(`the run requested nothing; it is ${found.value.run.state}`)
      return { value, detail: found.detail }
    },
  )
  await way.step('processed', 'the ingestor’s log; pokepedia status; pokepedia dlq list', async () => {
    const found = await until(endMs, view, (run) => !isOpen(run), progress)
    if (found.value.state === 'completed') return found
    throw failure(found.detail)
  })
  await way.step('committed', 'pokepedia status: does the group keep up?', () =>
    until(
      endMs,
      () => placesOn(admin),
      ({ committed }) => committed >= before.committed + requested,
      ({ committed, end }) => `${group} went from ${before.committed} to ${committed}, lag ${end - committed}`,
    ),
  )
  await way.step('stored', `pokepedia audit ${runId}`, async () => {
    const rows = await rowsOfRun(store, runId)
    const detail = `${rows.present} of ${rows.requested} resources have a row that was confirmed since`
    if (rows.present < rows.requested || rows.requested !== requested) throw failure(detail)
    return { value: rows, detail }
  })
  await way.step('measured after', 'GET /metrics of the ingestor and the metrics service', async () => {
    const look = async () => ({ counter: await processed(stack), offset: await exported(stack) })
    // With several instances the counter of this one may stand for none of the events.
    const least = before.members > 1 ? before.counter : before.counter + requested
    return until(
      endMs,
      look,
      ({ counter, offset }) => counter >= least && offset >= before.committed + requested,
      ({ counter, offset }) =>
        `records_processed_total ${before.counter} → ${counter}, kafka_consumergroup_current_offset_sum ${offset}`,
    )
  })
}

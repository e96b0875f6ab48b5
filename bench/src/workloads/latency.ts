import { openHttpOnly } from '../contestants/http-only.ts'
import { openPgQueue } from '../contestants/pg-queue.ts'
import { openDocumentArena, seedAndSettle } from '../contestants/pipeline.ts'
import { documentLatency, setFaults } from '../faults.ts'
import { figure, type Report, spread, type Target } from '../report.ts'
import { median } from '../rounds.ts'
import { settledRate } from '../settled-rate.ts'
import type { Workload, WorkloadOptions } from '../workload.ts'

const LATENCY_MS = 100
const IN_FLIGHT = [32, 64, 256]
/** Documents of a round: so many times the number in flight, five seconds at the rate that is aimed at. */
const TURNS = 50

/** Events in work: those that are being asked for, and twice as many that wait for their turn or for Postgres. */
const inWork = (connections: number): number => connections * 3

interface Rates {
  readonly connections: number
  readonly bare: number[]
  readonly pipeline: number[]
  readonly queue: number[]
}

const measure = async (connections: number, { data, rounds, say }: WorkloadOptions): Promise<Rates> => {
  const concurrency = inWork(connections)
  const settings = { UPSTREAM_CONNECTIONS: String(connections), CONSUMER_CONCURRENCY: String(concurrency) }
  await using arena = await openDocumentArena({ data, settings, onProgress: say })
  const limit = connections * TURNS
  await using queue = await openPgQueue(arena, { fresh: false, concurrency, connections, limit })
  await using bare = openHttpOnly(arena, { concurrency, connections, limit })
  await queue.prepare()
  await bare.prepare()
  await seedAndSettle(arena, { limit })
  await setFaults(arena, [documentLatency(LATENCY_MS)])
  const rates: Rates = { connections, bare: [], pipeline: [], queue: [] }
  for (let round = 1; round <= rounds; round += 1) {
    await bare.run()
    rates.bare.push(bare.rate())
    await seedAndSettle(arena, { limit })
    rates.pipeline.push(await settledRate(arena))
    await queue.prepare()
    await queue.run()
    rates.queue.push(queue.rate())
    say(
      `round ${round}  ${connections} in flight: ${figure(rates.pipeline.at(-1) ?? 0)} a second, pg-queue ${figure(rates.queue.at(-1) ?? 0)}, http-only ${figure(rates.bare.at(-1) ?? 0)}`,
    )
  }
  return rates
}

const reportOf = (all: readonly Rates[]): Report => {
  const limitOf = (connections: number): number => (connections * 1_000) / LATENCY_MS
  const rows = all.map(({ connections, bare, pipeline, queue }) => [
    String(connections),
    figure(limitOf(connections)),
    figure(median(bare)),
    figure(median(pipeline)),
    spread(pipeline),
    figure(median(queue)),
    spread(queue),
  ])
  const targets = all.map(
    ({ connections, pipeline }): Target => ({
      what: `rate with ${connections} in flight, against ${connections} / 0.1 s`,
      value: median(pipeline) / limitOf(connections),
      atLeast: 0.95,
    }),
  )
  const columns = ['in flight', 'limit, a second', 'http-only', 'pipeline', 'spread', 'pg-queue', 'spread']
  const what = `Each answer comes after ${LATENCY_MS} ms; N connections, 3 N events in work; a re-sync (304), since full documents are bound by CPU; the rate between the first and the last event that is settled.`
  return { workload: 'latency', what, columns, rows, targets, measured: { rates: all } }
}

/** An upstream that takes its time: as many events a second as requests fit. */
export const withLatency: Workload = {
  name: 'latency',
  summary:
    'an upstream that takes 100 ms, with 32, 64 and 256 requests in flight, beside a queue in Postgres and a bare client',
  async run(options) {
    const rates: Rates[] = []
    for (const connections of IN_FLIGHT) rates.push(await measure(connections, options))
    return [reportOf(rates)]
  },
}

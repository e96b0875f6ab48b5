import { ingestQueue, topicCatalogue } from '@pokepedia/events'
import { openAdmin } from '@pokepedia/pipeline'
import { Scope } from '@pokepedia/service'
import { openDocumentArena, seedAndSettle } from '../contestants/pipeline.ts'
import { documentLatency, setFaults } from '../faults.ts'
import { anotherIngestor } from '../more-ingestors.ts'
import { figure, type Report, spread, type Target } from '../report.ts'
import { median } from '../rounds.ts'
import { settledRate } from '../settled-rate.ts'
import { openKafkaClient, openTopicWriter } from '../topic-writer.ts'
import type { Workload } from '../workload.ts'

/** With 100 ms an answer, 160 documents a second for each instance: four of them leave the machine's CPU some room. */
const LATENCY_MS = 100
const CONNECTIONS = 16
/** So many that what each instance takes to begin and the share of the largest one count for little. */
const DOCUMENTS = 4_000
/** Four instances share 6 partitions as 2, 2, 1, 1: they could never do more than three times the work of one. */
const PARTITIONS = 12
const settings = { UPSTREAM_CONNECTIONS: String(CONNECTIONS), CONSUMER_CONCURRENCY: String(CONNECTIONS * 2) }

/** Makes the queue with as many partitions before a service makes it with those that it has by default. */
const makeQueue = async (kafka: string): Promise<void> => {
  await using admin = await openAdmin(openKafkaClient(kafka))
  await admin.ensureTopics(topicCatalogue([], [{ ...ingestQueue, partitions: PARTITIONS }]))
}

const reportOf = (rates: ReadonlyMap<number, readonly number[]>): Report => {
  const rateOf = (instances: number): number => median(rates.get(instances) ?? [])
  const gain = (instances: number, atLeast: number): Target => ({
    what: `${instances} instances against one`,
    value: rateOf(instances) / rateOf(1),
    atLeast,
  })
  const rows = [...rates].map(([instances, all]) => [
    String(instances),
    figure(median(all)),
    spread(all),
    figure(rateOf(instances) / rateOf(1)),
  ])
  const what = `Each answer comes after ${LATENCY_MS} ms; ${CONNECTIONS} connections an instance; no host budget; ${PARTITIONS} partitions; a re-sync (304) of ${DOCUMENTS.toLocaleString('en-US')} documents at most.`
  const columns = ['ingestors', 'events a second', 'spread', 'against one']
  return {
    workload: 'instances',
    what,
    columns,
    rows,
    targets: [gain(2, 1.9), gain(4, 3.7)],
    measured: Object.fromEntries(rates),
  }
}

/** One, two and four ingestors where the upstream's latency is the limit. */
export const withInstances: Workload = {
  name: 'instances',
  summary: 'one, two and four ingestors with an upstream that takes 100 ms',
  async run({ data, rounds, say }) {
    let made: Promise<void> | undefined
    await using arena = await openDocumentArena({
      data,
      settings: async (_, { kafka }) => {
        made ??= makeQueue(kafka)
        await made
        return settings
      },
      onProgress: say,
    })
    const request = { limit: DOCUMENTS }
    await seedAndSettle(arena, request)
    await setFaults(arena, [documentLatency(LATENCY_MS)])
    await using topics = await openTopicWriter(arena)
    await using more = new Scope()
    const rates = new Map<number, number[]>()
    for (const instances of [1, 2, 4]) {
      const started = instances - Math.floor(instances / 2)
      for (let i = 0; instances > 1 && i < started; i += 1) more.add(anotherIngestor(arena, settings))
      await topics.untilShared(ingestQueue, instances)
      const measured: number[] = []
      for (let round = 1; round <= rounds; round += 1) {
        await seedAndSettle(arena, request)
        measured.push(await settledRate(arena))
        say(`round ${round}  ${instances} ingestors: ${figure(measured.at(-1) ?? 0)} a second`)
      }
      rates.set(instances, measured)
    }
    return [reportOf(rates)]
  },
}

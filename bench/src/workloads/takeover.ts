import { setTimeout as delay } from 'node:timers/promises'
import { ingestQueue } from '@pokepedia/events'
import type { Arena } from '../arena.ts'
import { openDocumentArena, seedAndSettle } from '../contestants/pipeline.ts'
import { documentLatency, setFaults } from '../faults.ts'
import { anotherIngestor } from '../more-ingestors.ts'
import { figure, spread } from '../report.ts'
import { median } from '../rounds.ts'
import { openTopicWriter, type TopicWriter } from '../topic-writer.ts'
import { documentAddresses, openClient } from '../upstream-client.ts'
import type { Workload } from '../workload.ts'

/** Of each round: every partition has work for longer than a takeover lasts. */
const EVENTS = 30_000
const LATENCY_MS = 100
const LOOK_EVERY_MS = 100
const MOVED_WITHIN_MS = 120_000
const settings = { UPSTREAM_CONNECTIONS: '32', CONSUMER_CONCURRENCY: '32' }

/** Kills one of two ingestors; seconds until the last partition has committed something again. */
const takeOver = async (arena: Arena, topics: TopicWriter): Promise<number> => {
  await using victim = anotherIngestor(arena, settings)
  await topics.untilShared(ingestQueue, 2)
  const working = await topics.committed(ingestQueue)
  await untilMoved(topics, working)
  victim.process.kill('SIGKILL')
  const beganMs = performance.now()
  await untilMoved(topics, await topics.committed(ingestQueue))
  return (performance.now() - beganMs) / 1_000
}

/** Waits until every partition is committed further than it was. */
const untilMoved = async (topics: TopicWriter, since: ReadonlyMap<number, number>): Promise<void> => {
  for (const end = Date.now() + MOVED_WITHIN_MS; ; await delay(LOOK_EVERY_MS)) {
    const now = await topics.committed(ingestQueue)
    if ([...now].every(([partition, offset]) => offset > (since.get(partition) ?? -1))) return
    if (Date.now() > end) throw new Error(`a partition has not moved for ${MOVED_WITHIN_MS / 1_000} s`)
  }
}

/** What the end of an instance costs. */
export const takingOver: Workload = {
  name: 'takeover',
  summary: 'kill -9 of one of two ingestors, until its partitions move again',
  async run({ data, rounds, say }) {
    await using arena = await openDocumentArena({ data, settings, onProgress: say })
    await using topics = await openTopicWriter(arena)
    await using http = openClient()
    const addresses = await documentAddresses(http, arena.deployment.stack.upstream)
    await seedAndSettle(arena, { limit: 1_000 })
    await setFaults(arena, [documentLatency(LATENCY_MS)])
    const paths = addresses.map(({ path }) => path)
    const seconds: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      await topics.fill(paths, EVENTS)
      seconds.push(await takeOver(arena, topics))
      say(`round ${round}  taken over after ${figure(seconds.at(-1) ?? 0)} s`)
    }
    const what = `kill -9 of one of two ingestors under load, until every partition of ${ingestQueue.name} has committed again.`
    const value = median(seconds)
    return [
      {
        workload: 'takeover',
        what,
        columns: ['rounds', 'median', 'spread'],
        rows: [[String(seconds.length), `${figure(value)} s`, spread(seconds)]],
        targets: [{ what: 'until its partitions move again', value, unit: ' s', atMost: 10 }],
        measured: { seconds },
      },
    ]
  },
}

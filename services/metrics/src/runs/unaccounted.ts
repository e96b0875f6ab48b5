import { ingestQueue, type Queue, retryGroup, spritesQueue } from '@pokepedia/events'
import type { RunWithProgress } from '@pokepedia/storage'
import type { LagSnapshot } from '../lag/read-lag.ts'

/** Events that the given runs wait for, by their ledger. */
const waitedFor = (runs: readonly RunWithProgress[], queue: Queue): number =>
  runs.reduce((sum, { counts }) => sum + (counts[queue.name]?.in_flight ?? 0), 0)

/** Records that the queue's groups have not finished, on the main topic and the retry topics. */
const unfinished = ({ partitions }: LagSnapshot, queue: Queue): number =>
  partitions
    .filter(({ group }) => group === queue.group || group === retryGroup(queue))
    .reduce((sum, { depth }) => sum + depth, 0)

/**
 * Events without an outcome that Kafka no longer has, by queue: a run would wait for them for ever. The lag is read
 * before the ledger, so that an event that ends between the two is counted on the side of Kafka. What may not have been
 * sent yet is left out: the events of a run that is still discovered, and media while resources are in work that ask for
 * them. As Kafka's side holds the records of everyone, the number is exact when nothing else waits, and else too low.
 */
export const unaccountedOf = (runs: readonly RunWithProgress[], before: LagSnapshot): ReadonlyMap<string, number> => {
  const open = runs.filter(({ state }) => state === 'running' || state === 'discovering')
  const sent = open.filter(({ state }) => state === 'running')
  const missing = (queue: Queue): number => Math.max(0, waitedFor(sent, queue) - unfinished(before, queue))
  return new Map([
    [ingestQueue.name, missing(ingestQueue)],
    [spritesQueue.name, waitedFor(open, ingestQueue) === 0 ? missing(spritesQueue) : 0],
  ])
}

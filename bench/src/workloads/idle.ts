import { setTimeout as delay } from 'node:timers/promises'
import { ingestQueue } from '@pokepedia/events'
import { openDocumentArena } from '../contestants/pipeline.ts'
import { figure, type Report } from '../report.ts'
import { quantile } from '../rounds.ts'
import { openTopicWriter } from '../topic-writer.ts'
import { documentAddresses, openClient } from '../upstream-client.ts'
import type { Workload } from '../workload.ts'

const EVENTS = 500
/** The first ones open connections and have code compiled. */
const WARM_UP = 30
const LOOK_EVERY_MS = 1
/** No rhythm of the pipeline's own timers is met. */
const PAUSE_MS = 37

const reportOf = (waitsMs: readonly number[]): Report => {
  const [p50, p90, p99, most] = [0.5, 0.9, 0.99, 1].map((share) => quantile(waitsMs, share))
  const row = [String(waitsMs.length), ...[p50, p90, p99, most].map((ms) => `${figure(ms ?? Number.NaN)} ms`)]
  const targets = [
    { what: 'p50', value: p50 ?? Number.NaN, unit: ' ms', atMost: 15 },
    { what: 'p99', value: p99 ?? Number.NaN, unit: ' ms', atMost: 60 },
  ]
  const what =
    'One event at a time on a pipeline that has nothing else to do: from handing it to the producer until a query finds its row. The row is looked for every millisecond.'
  const columns = ['events', 'p50', 'p90', 'p99', 'most']
  return { workload: 'idle', what, columns, rows: [row], targets, measured: { waitsMs } }
}

/** How long a single event takes when nothing else is to be done. */
export const idling: Workload = {
  name: 'idle',
  summary: 'one event when idle, from the producer to a visible row: p50 and p99 of 500',
  async run({ data, say }) {
    await using arena = await openDocumentArena({ data, onProgress: say })
    await using topics = await openTopicWriter(arena)
    await using http = openClient()
    const addresses = await documentAddresses(http, arena.deployment.stack.upstream)
    const waitsMs: number[] = []
    for (const { path } of addresses.slice(0, WARM_UP + EVENTS)) {
      const beganMs = performance.now()
      await topics.write(ingestQueue, path, { path })
      const text = 'select from pokeapi_resources where path = $1'
      while ((await arena.store.query('looking for a row', text, [path])).length === 0) await delay(LOOK_EVERY_MS)
      waitsMs.push(performance.now() - beganMs)
      await delay(PAUSE_MS)
    }
    return [reportOf(waitsMs.slice(WARM_UP))]
  },
}

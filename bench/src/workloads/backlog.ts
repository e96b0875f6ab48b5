import { setTimeout as delay } from 'node:timers/promises'
import { ingestQueue } from '@pokepedia/events'
import { pauseGroup, resumeGroup } from '@pokepedia/storage'
import { z } from 'zod'
import type { Arena } from '../arena.ts'
import { openDocumentArena, seedAndSettle } from '../contestants/pipeline.ts'
import { figure, type Report } from '../report.ts'
import { median } from '../rounds.ts'
import { rssMb } from '../rss.ts'
import { openTopicWriter, type TopicWriter } from '../topic-writer.ts'
import type { Workload } from '../workload.ts'

const LOOK_EVERY_MS = 500
const PARTS = 10
const DOCUMENTS = 2_000

/** How far the backlog was at a moment. */
interface Sample {
  readonly seconds: number
  readonly left: number
  readonly rssMb: number
}

const pathRows = z.array(z.object({ path: z.string() }))

/** Stored documents that name no media, whose events ask for nothing more. */
const plainPaths = async ({ store }: Arena): Promise<string[]> =>
  pathRows
    .parse(
      await store.query(
        'reading paths',
        `select path from pokeapi_resources r
         where not exists (select from pokepedia_asset_references a where a.resource_path = r.path) order by path`,
      ),
    )
    .map(({ path }) => path)

const drain = async ({ deployment }: Arena, topics: TopicWriter): Promise<Sample[]> => {
  const beganMs = performance.now()
  const samples: Sample[] = []
  for (;;) {
    const left = await topics.lag(ingestQueue)
    const seconds = (performance.now() - beganMs) / 1_000
    samples.push({ seconds, left, rssMb: rssMb(deployment.stack.services.ingestor.pid) })
    if (left === 0) return samples
    await delay(LOOK_EVERY_MS)
  }
}

/** When so many events were left, between the two moments that were looked at around it. */
const secondsAt = (samples: readonly Sample[], left: number): number => {
  const after = Math.max(
    1,
    samples.findIndex((sample) => sample.left <= left),
  )
  const [a, b] = [samples[after - 1], samples[after]]
  if (!a || !b) return Number.NaN
  return a.left === b.left ? b.seconds : a.seconds + ((a.left - left) / (a.left - b.left)) * (b.seconds - a.seconds)
}

const reportOf = (samples: readonly Sample[], events: number): Report => {
  const parts = Array.from({ length: PARTS }, (_, i) => {
    const [from, to] = [events * (1 - i / PARTS), events * (1 - (i + 1) / PARTS)]
    const memory = samples.filter(({ left }) => left <= from && left >= to).map((sample) => sample.rssMb)
    return { rate: events / PARTS / (secondsAt(samples, to) - secondsAt(samples, from)), rssMb: median(memory) }
  })
  // The first part begins while the code is compiled; the second is the first one that is at work.
  const [, first, ...rest] = parts
  const last = rest.at(-1)
  const rows = parts.map(({ rate, rssMb: mb }, i) => [`${i + 1} / ${PARTS}`, figure(rate), `${figure(mb)} MB`])
  const targets = [
    {
      what: 'rate of the last tenth against the second',
      value: (last?.rate ?? 0) / (first?.rate ?? 0),
      atLeast: 0.9,
      atMost: 1.1,
    },
    {
      what: 'RSS of the ingestor in the last tenth against the second',
      value: (last?.rssMb ?? 0) / (first?.rssMb ?? 0),
      atMost: 1.1,
    },
  ]
  const what = `${events.toLocaleString('en-US')} events for documents that are stored, written while the group stood still; each is answered 304.`
  const columns = ['part', 'events a second', 'RSS of the ingestor']
  return { workload: 'backlog', what, columns, rows, targets, measured: { samples } }
}

/** A topic with far more events than fit in memory. */
export const draining: Workload = {
  name: 'backlog',
  summary: 'a million events on the topic, all answered 304: rate and memory from first to last',
  async run({ data, events, say }) {
    await using arena = await openDocumentArena({ data, onProgress: say })
    await using topics = await openTopicWriter(arena)
    await seedAndSettle(arena, { limit: DOCUMENTS })
    await pauseGroup(arena.store, ingestQueue.group, 'the benchmark writes a backlog')
    await topics.fill(await plainPaths(arena), events)
    say(`${events} events are written`)
    await resumeGroup(arena.store, ingestQueue.group)
    return [reportOf(await drain(arena, topics), events)]
  },
}

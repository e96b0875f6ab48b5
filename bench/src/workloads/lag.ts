import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ingestQueue } from '@pokepedia/events'
import { runKafkaTool } from '@pokepedia/stack'
import { openArena } from '../arena.ts'
import { seedAndSettle } from '../contestants/pipeline.ts'
import { figure } from '../report.ts'
import { median, quantile } from '../rounds.ts'
import type { Workload } from '../workload.ts'

const downloads = fileURLToPath(new URL('../../../../.local/downloads', import.meta.url))
const PARTITIONS = 1_000
const SCRAPES = 20
const LOOK_EVERY_MS = 500
const POLLS = 5
const SUM = 'pokepedia_collector_duration_seconds_sum{collector="lag"}'
const COUNT = 'pokepedia_collector_duration_seconds_count{collector="lag"}'

const seriesValue = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  )

/** How the lag is read from a large cluster. */
export const readingLag: Workload = {
  name: 'lag',
  summary: 'the lag exporter at 1,000 partitions: time of a poll and of a scrape',
  async run({ data, say }) {
    await using arena = await openArena({ data, onProgress: say })
    await seedAndSettle(arena, { limit: 200 })
    const { kafka, services } = arena.deployment.stack
    const topic = ['--alter', '--topic', ingestQueue.name, '--partitions', String(PARTITIONS)]
    await runKafkaTool({ downloads, tool: 'kafka-topics', args: ['--bootstrap-server', kafka, ...topic] })
    const scrape = async (): Promise<{ text: string; ms: number }> => {
      const beganMs = performance.now()
      const text = await (await fetch(`${services.metrics.url}/metrics`)).text()
      return { text, ms: performance.now() - beganMs }
    }
    // The first polls still ask for what they did not know.
    const pollsOf = async (): Promise<number> => seriesValue((await scrape()).text, COUNT)
    const untilPolled = async (polls: number): Promise<void> => {
      for (const end = (await pollsOf()) + polls; (await pollsOf()) < end; ) await delay(LOOK_EVERY_MS)
    }
    await untilPolled(2)
    const { text: before } = await scrape()
    await untilPolled(POLLS)
    const { text: after } = await scrape()
    const pollMs =
      ((seriesValue(after, SUM) - seriesValue(before, SUM)) /
        (seriesValue(after, COUNT) - seriesValue(before, COUNT))) *
      1_000
    const scrapesMs: number[] = []
    for (let i = 0; i < SCRAPES; i += 1) scrapesMs.push((await scrape()).ms)
    const row = [
      PARTITIONS.toLocaleString('en-US'),
      `${figure(pollMs)} ms`,
      `${figure(median(scrapesMs))} ms`,
      `${figure(quantile(scrapesMs, 1))} ms`,
      `${figure(after.length / 1_024)} KB`,
    ]
    return [
      {
        workload: 'lag',
        what: `${ingestQueue.name} has ${PARTITIONS.toLocaleString('en-US')} partitions besides those of the other topics. A poll reads offsets and ages every 5 s; a scrape asks nobody.`,
        columns: [
          `partitions of ${ingestQueue.name}`,
          'poll (mean)',
          'scrape (median)',
          'slowest scrape',
          'size of a scrape',
        ],
        rows: [row],
        targets: [],
        measured: { pollMs: [pollMs], scrapesMs },
      },
    ]
  },
}

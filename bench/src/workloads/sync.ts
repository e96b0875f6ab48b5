import { SERVICE_NAMES } from '@pokepedia/cli'
import { type Arena, roundsIn } from '../arena.ts'
import { openDirect } from '../contestants/direct.ts'
import { openPgQueue } from '../contestants/pg-queue.ts'
import { openDocumentArena, pipelineSync } from '../contestants/pipeline.ts'
import { compared, type Report, speedRatio, type Target } from '../report.ts'
import { peakRssMb } from '../rss.ts'
import { CONNECTIONS, IN_FLIGHT } from '../upstream-client.ts'
import type { Workload } from '../workload.ts'

const INGESTOR_MB = 250
const OTHERS_MB = 150

const memoryOf = ({ deployment }: Arena): Report => {
  const targets = SERVICE_NAMES.map(
    (name): Target => ({
      what: `peak RSS of the ${name}`,
      value: peakRssMb(deployment.stack.services[name].pid),
      unit: ' MB',
      atMost: name === 'ingestor' ? INGESTOR_MB : OTHERS_MB,
    }),
  )
  const what = 'The most memory that each service had resident, over all full syncs of this run.'
  return { workload: 'memory', what, columns: [], rows: [], targets, measured: { services: targets } }
}

/** A full sync, everything on: lists, ledger, events, hash, projections, change events, events for media. */
export const syncing: Workload = {
  name: 'sync',
  summary: 'full sync of an empty database: pipeline, direct (fetch, COPY upsert), a queue in Postgres; peak RSS',
  async run({ data, rounds, say }) {
    await using arena = await openDocumentArena({ data, onProgress: say })
    await using direct = await openDirect(arena)
    await using queue = await openPgQueue(arena, { fresh: true })
    const pipeline = pipelineSync(arena, 'pipeline', { fresh: true })
    const contestants = [direct, queue, pipeline]
    const measured = await roundsIn(arena, contestants, { rounds, say })
    const of = pipeline.name
    const targets = [
      { what: 'speed against direct', value: speedRatio(measured, { of, to: direct.name }), atLeast: 0.8 },
      { what: 'speed against pg-queue', value: speedRatio(measured, { of, to: queue.name }), atLeast: 1.15 },
    ]
    const what = `An empty database is filled, ${IN_FLIGHT} documents in work at a time over ${CONNECTIONS} connections. Direct fetches, parses and upserts by COPY, nothing else. A job of the queue does the work of the ingestor on one document by one statement, without the ledger; the pipeline shares statements and has everything on.`
    return [compared('sync', what, measured, targets), memoryOf(arena)]
  },
}

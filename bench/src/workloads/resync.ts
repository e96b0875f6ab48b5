import { roundsIn } from '../arena.ts'
import { openHttpOnly } from '../contestants/http-only.ts'
import { openPgQueue } from '../contestants/pg-queue.ts'
import { openDocumentArena, pipelineSync, seedAndSettle } from '../contestants/pipeline.ts'
import { compared, speedRatio } from '../report.ts'
import type { Workload } from '../workload.ts'

/** A sync that finds everything unchanged: each request is answered 304. */
export const resyncing: Workload = {
  name: 'resync',
  summary: 'a re-sync that finds nothing changed (all 304): pipeline, http-only, a queue in Postgres',
  async run({ data, rounds, say }) {
    await using arena = await openDocumentArena({ data, onProgress: say })
    await using http = openHttpOnly(arena)
    await using queue = await openPgQueue(arena, { fresh: false })
    const pipeline = pipelineSync(arena, 'pipeline', { fresh: false })
    await seedAndSettle(arena)
    const contestants = [http, queue, pipeline]
    const measured = await roundsIn(arena, contestants, { rounds, say })
    const of = pipeline.name
    const targets = [
      { what: 'speed against http-only', value: speedRatio(measured, { of, to: http.name }), atLeast: 0.5 },
      { what: 'speed against pg-queue', value: speedRatio(measured, { of, to: queue.name }), atLeast: 5 },
    ]
    const what =
      'Every document is asked for with its validator and answered 304. The rate of http-only is what the upstream stub and a bare client do on this machine; the stub shares its cores.'
    return [compared('resync', what, measured, targets)]
  },
}

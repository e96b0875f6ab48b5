import { roundsIn } from '../arena.ts'
import { openBareCopy } from '../contestants/bare-copy.ts'
import { openImport } from '../contestants/import.ts'
import { openDocumentArena, pipelineSync } from '../contestants/pipeline.ts'
import { compared, speedRatio } from '../report.ts'
import type { Workload } from '../workload.ts'

/** Filling an empty database: COPY of ready rows, import from files, sync through the pipeline. */
export const importing: Workload = {
  name: 'import',
  summary: 'an empty database is filled: bare COPY of the same rows, pokepedia import, sync through the pipeline',
  async run({ data, rounds, say }) {
    await using arena = await openDocumentArena({ data, onProgress: say })
    const imported = await openImport(arena, data)
    await imported.prepare()
    await imported.run()
    await using copied = await openBareCopy(arena, imported.url)
    const contestants = [copied, imported, pipelineSync(arena, 'sync through the pipeline', { fresh: true })]
    const measured = await roundsIn(arena, contestants, { rounds, say })
    const value = 1 / speedRatio(measured, { of: imported.name, to: copied.name })
    const what =
      'An empty database is filled with the same documents. The bare COPY has its rows ready in files; the import reads, parses and hashes documents; the sync also fetches them and asks for their images.'
    return [
      compared('import', what, measured, [{ what: 'time of the import against the bare COPY', value, atMost: 1.5 }]),
    ]
  },
}

import { roundsIn } from '../arena.ts'
import { openDocumentArena, pipelineSync, seedAndSettle } from '../contestants/pipeline.ts'
import { setFaults } from '../faults.ts'
import { compared, speedRatio } from '../report.ts'
import type { Workload } from '../workload.ts'

/** About one document in a hundred; the same ones in every round, each time with other bytes. */
const ONE_IN_A_HUNDRED = '^/api/v2/[a-z-]+/[0-9]*37/$'

/** A re-sync that finds one document in a hundred changed. */
export const changing: Workload = {
  name: 'changed',
  summary: 'a re-sync that finds 1 % changed, beside one that finds nothing changed',
  async run({ data, rounds, say }) {
    await using arena = await openDocumentArena({ data, onProgress: say })
    const unchanged = pipelineSync(arena, 'nothing changed', { fresh: false })
    let revision = 0
    const changed = {
      ...pipelineSync(arena, '1 % changed', { fresh: false }),
      async prepare() {
        await unchanged.prepare()
        revision += 1
        await setFaults(arena, [{ match: ONE_IN_A_HUNDRED, kind: 'changed', revision }])
      },
    }
    await seedAndSettle(arena)
    const contestants = [unchanged, changed]
    const measured = await roundsIn(arena, contestants, { rounds, say })
    const value = 1 / speedRatio(measured, { of: changed.name, to: unchanged.name })
    const what = 'Documents whose id ends in 37 have other bytes each time; the others are answered 304.'
    return [compared('changed', what, measured, [{ what: 'time against nothing changed', value, atMost: 1.3 }])]
  },
}

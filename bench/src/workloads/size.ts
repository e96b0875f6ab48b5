import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Scope } from '@pokepedia/service'
import { writeApiData } from '@pokepedia/stack'
import { type Arena, emptyTables } from '../arena.ts'
import { openDocumentArena, seedAndSettle } from '../contestants/pipeline.ts'
import { figure, spread } from '../report.ts'
import { median } from '../rounds.ts'
import type { Workload, WorkloadOptions } from '../workload.ts'

/** Pokemon of the made-up data; its resources grow in proportion. */
const POKEMON = 500
const TIMES = [1, 2, 4, 8]
const LARGEST = Math.max(...TIMES)
/** Resources before the first round, for each size: code that has run more often is faster, and that is not what is measured. */
const WARM_UP = 12_000

/** Runs until so many resources are stored. */
const warmUp = async (arena: Arena): Promise<void> => {
  let stored = 0
  while (stored < WARM_UP) {
    await emptyTables(arena.store)
    stored += await seedAndSettle(arena)
  }
}

interface Sized {
  readonly times: number
  readonly arena: Arena
  resources: number
  /** Of each turn, milliseconds. */
  readonly perResourceMs: number[]
}

/** A deployment of its own with data of this size, warmed up; it ends with the scope. */
const openSized = async (scope: Scope, times: number, say: WorkloadOptions['say']): Promise<Sized> => {
  const data = await mkdtemp(join(tmpdir(), 'pokepedia-bench-size-'))
  scope.defer(() => rm(data, { recursive: true, force: true }))
  await writeApiData(data, { pokemon: POKEMON * times })
  const arena = scope.add(await openDocumentArena({ data, onProgress: say }))
  await warmUp(arena)
  return { times, arena, resources: 0, perResourceMs: [] }
}

/**
 * As many runs as make the largest size. A deployment that waited for its turn is slower at first, which a turn of one
 * short run would measure in place of its size.
 */
const measure = async (sized: Sized): Promise<void> => {
  const { arena, times } = sized
  let [ms, stored] = [0, 0]
  for (let run = 0; run < LARGEST / times; run += 1) {
    await emptyTables(arena.store)
    const beganMs = performance.now()
    sized.resources = await seedAndSettle(arena)
    ms += performance.now() - beganMs
    stored += sized.resources
  }
  sized.perResourceMs.push(ms / stored)
}

/** Whether the cost grows with the size, and no faster. */
export const growing: Workload = {
  name: 'size',
  summary: 'full syncs of made-up data, doubled three times: the time per resource',
  async run({ rounds, say }) {
    await using scope = new Scope()
    const sized: Sized[] = []
    for (const times of TIMES) sized.push(await openSized(scope, times, say))
    // In turns, so that what slows the machine down for a while hits all sizes.
    for (let round = 1; round <= rounds; round += 1) {
      for (const one of sized) {
        await measure(one)
        const { times, resources, perResourceMs } = one
        say(`round ${round}  ×${times}: ${resources} resources, ${figure(perResourceMs.at(-1) ?? 0)} ms each`)
      }
    }
    const [first] = sized
    const base = median(first?.perResourceMs ?? [])
    const rows = sized.map(({ times, resources, perResourceMs }) => [
      `×${times}`,
      resources.toLocaleString('en-US'),
      `${figure(median(perResourceMs))} ms`,
      spread(perResourceMs),
      figure(median(perResourceMs) / base),
    ])
    const targets = sized.slice(1).map(({ times, perResourceMs }) => ({
      what: `time per resource at ×${times}, against ×1`,
      value: median(perResourceMs) / base,
      atLeast: 0.9,
      atMost: 1.1,
    }))
    const what = `Full syncs into an empty database, the sizes in turns of eight, four, two runs and one, each in a deployment of its own after ${WARM_UP.toLocaleString('en-US')} resources or more to warm up; ${POKEMON} made-up pokemon and what belongs to them, and twice, four and eight times as many.`
    const columns = ['size', 'resources', 'time per resource', 'spread', 'against ×1']
    return [
      {
        workload: 'size',
        what,
        columns,
        rows,
        targets,
        measured: { sized: sized.map(({ times, resources, perResourceMs }) => ({ times, resources, perResourceMs })) },
      },
    ]
  },
}

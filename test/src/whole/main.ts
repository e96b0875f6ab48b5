import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startDeployment } from '@pokepedia/cli'
import { seedAndWait, sql } from '../e2e/support.ts'
import { type Comparison, compareDocuments, compareObjects } from './compare.ts'
import { watchMemory } from './memory.ts'

// `npm run test:whole -- DIR`: copies the whole of PokeAPI/api-data from DIR (the folder that holds data/api/v2), proves
// every document and every image against its source, and does it again. Prints a line a check; exit 1 if one fails.

const RUN_LIMIT_MS = 30 * 60_000
const RSS_LIMIT_MB = 300

let passed = 0
let failed = 0
const check = (what: string, ok: boolean, detail = ''): void => {
  if (ok) passed += 1
  else failed += 1
  console.log(`${ok ? '✔' : '✘'} ${what}${detail ? `: ${detail}` : ''}`)
}
const checkEqual = (what: string, { compared, wrong }: Comparison, expected: number): void => {
  check(
    what,
    wrong.length === 0 && compared === expected,
    `${compared} compared, ${wrong.length} differ ${wrong.slice(0, 5)}`,
  )
}

const [source] = process.argv.slice(2)
if (source === undefined) {
  console.error('usage: npm run test:whole -- DIR, the folder of PokeAPI/api-data that holds data/api/v2')
  process.exit(2)
}

const directory = await mkdtemp(join(tmpdir(), 'pokepedia-whole-'))
const deployment = await startDeployment({
  directory,
  upstream: { kind: 'directory', directory: resolve(source) },
  onProgress: (line) => console.error(line),
})
try {
  const memory = watchMemory(deployment)
  const first = await seedAndWait(deployment, {}, RUN_LIMIT_MS)
  const ingest = first.counts['pokepedia.ingest'] ?? {}
  const sprites = first.counts['pokepedia.sprites'] ?? {}
  check('the run completes', first.state === 'completed', JSON.stringify(first.counts))
  check('15,463 resources are stored', ingest['stored'] === 15_463, `${ingest['stored']} of ${ingest['requested']}`)
  check('54,267 images are stored', sprites['stored'] === 54_267, `${sprites['stored']} of ${sprites['requested']}`)

  checkEqual('every document equals its source', await compareDocuments(deployment, resolve(source)), 15_463)
  checkEqual('every image equals its source, byte for byte', await compareObjects(deployment), 54_267)
  const keys = await sql(deployment, 'select count(distinct object_key)::int as n from pokepedia_assets')
  check('no image is stored twice', keys[0]?.['n'] === 54_267, `${keys[0]?.['n']} keys`)

  const versions = () =>
    sql(deployment, 'select md5(string_agg(xmin::text, $1 order by path)) as v from pokeapi_resources', [' '])
  const before = await versions()
  const second = await seedAndWait(deployment, {}, RUN_LIMIT_MS)
  for (const [queue, counts] of Object.entries(second.counts))
    check(`the same again: ${queue} is unchanged`, counts['unchanged'] === counts['requested'], JSON.stringify(counts))
  check('the same again: no row is rewritten', before[0]?.['v'] === (await versions())[0]?.['v'])
  for (const [name, peakMb] of Object.entries(memory.stop()))
    check(`${name} stays below ${RSS_LIMIT_MB} MB`, peakMb < RSS_LIMIT_MB, `${peakMb} MB`)
} finally {
  await deployment.stop()
  await rm(directory, { recursive: true, force: true })
}
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

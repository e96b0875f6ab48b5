import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ResourceRequested } from '@pokepedia/events'
import { type ResourceSettings, readResourceSettings, resourceSettingsOf } from '@pokepedia/service'
import { openUpstream } from '@pokepedia/service/upstream'
import { createRun, getRun, type RunRequest } from '@pokepedia/storage'
import { advanceRun } from '../src/advance-run.ts'
import { upstreamSource } from '../src/upstream-source.ts'
import { freshDatabase, freshUpstream, log } from './support.ts'

const { store } = await freshDatabase()
const sample = await freshUpstream(20)
const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, bodyTimeoutMs: 5_000, connectionsPerHost: 4 }
const upstream = openUpstream({ allowedHosts: [new URL(sample.url).host], ...limits, userAgent: 'test' }, log)
const asked: URL[] = []
const listed = upstreamSource(upstream, { apiRoot: sample.url, maxBytes: 10_000_000 })
const source: typeof listed = {
  ...listed,
  read(url, signal) {
    asked.push(new URL(url))
    return listed.read(url, signal)
  },
}
const { signal } = new AbortController()

/** Seeds, and returns the events in the order in which they left. */
const seed = async (request: RunRequest, resources: ResourceSettings) => {
  const { run } = await createRun(store, { trigger: 'http', request, requestHash: 'x' })
  const events: ResourceRequested[] = []
  const emit = async (chunk: readonly ResourceRequested[]): Promise<void> => void events.push(...chunk)
  await advanceRun({ store, source, emit, resources, log }, run.id, signal)
  const seeded = (await getRun(store, run.id)) ?? assert.fail('the run is gone')
  return { events, paths: events.map(({ path }) => path as string), run: seeded }
}

const storedAgo = async (path: string, age: string, status = 'present'): Promise<void> => {
  await store.query(
    'test',
    'insert into pokepedia_resource_checks (path, checked_at) values ($1, now() - $2::interval)',
    [path, age],
  )
  await store.query(
    'test',
    `insert into pokeapi_resources (path, resource_type, url, data, content_hash, status, fetched_at, changed_at)
     values ($1, split_part($1, '/', 1), '', '{}', 'h', $2, now(), now())`,
    [path, status],
  )
}

test('a list is read in pages of its type, all others in pages of 1,000', async () => {
  asked.length = 0
  await seed({ types: ['pokemon', 'berry'] }, resourceSettingsOf({ pokemon: { pageSize: 7 } }))
  const sizes = asked.flatMap(({ pathname, searchParams }) =>
    searchParams.has('limit') ? [`${pathname.split('/').at(-2)} ${searchParams.get('limit')}`] : [],
  )
  assert.deepEqual([...new Set(sizes)].sort(), ['berry 1000', 'pokemon 7'])
  assert.ok(sizes.length > 3)
})

test('types of a higher priority are requested first, those below zero last', async () => {
  const settings = resourceSettingsOf({ type: { priority: 5 }, berry: { priority: -1 }, '*': { priority: 1 } })
  const { events } = await seed({ types: ['berry', 'pokemon', 'type', 'nature'] }, settings)
  const order = events.map(({ resourceType }) => resourceType)
  const changes = order.filter((type, i) => type !== order[i - 1])
  assert.equal(changes[0], 'type')
  assert.equal(changes.at(-1), 'berry')
  assert.equal(order.indexOf('berry') > order.lastIndexOf('nature'), true)
  assert.equal(order.indexOf('pokemon') > order.lastIndexOf('type'), true)
})

test('what was checked lately is left out and counted; what is older, gone, named or forced is asked for', async () => {
  await storedAgo('berry/1', '10 minutes')
  await storedAgo('berry/2', '2 hours')
  await storedAgo('berry/3', '10 minutes', 'gone')
  const settings = resourceSettingsOf({ berry: { freshFor: 3_600_000 } })
  const all = await seed({ types: ['berry'] }, resourceSettingsOf({}))
  const some = await seed({ types: ['berry'] }, settings)
  assert.deepEqual(
    all.paths.filter((path) => !some.paths.includes(path)),
    ['berry/1'],
  )
  assert.deepEqual([all.run.fresh, some.run.fresh], [0, 1])
  assert.equal(some.run.counts['pokepedia.ingest']?.requested, all.paths.length - 1)
  assert.deepEqual((await seed({ types: ['berry'], force: true }, settings)).paths, all.paths)
  assert.deepEqual((await seed({ paths: ['berry/1'] }, settings)).paths, ['berry/1'])
})

test('a file is read with its units, and a malformed one is told in full', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pokepedia-settings-'))
  after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'resources.json')
  await writeFile(file, '{"pokemon": {"freshFor": "6h", "inFlight": 2}, "*": {"freshFor": "1d", "pageSize": 10}}')
  const settings = await readResourceSettings(file)
  assert.deepEqual(settings.of('pokemon'), { freshFor: 21_600_000, inFlight: 2, pageSize: 10 })
  assert.deepEqual(settings.of('berry'), { freshFor: 86_400_000, pageSize: 10 })
  assert.deepEqual((await readResourceSettings('')).of('pokemon'), {})
  const wrong: [string, RegExp][] = [
    ['[', /JSON/],
    ['[]', /record/],
    ['{"Pokemon": {}}', /key in record[\s\S]*Pokemon/],
    ['{"pokemon": {"pagesize": 5}}', /pagesize/],
    ['{"pokemon": {"pageSize": 0}}', /pageSize/],
    ['{"pokemon": {"freshFor": "1w"}}', /like 6h/],
    ['{"pokemon": {"freshFor": 60}}', /freshFor/],
    ['{"pokemon": {"requestsPerSecond": 0}, "berry": {"inFlight": 1.5}}', /requestsPerSecond[\s\S]*inFlight/],
  ]
  for (const [text, says] of wrong) {
    await writeFile(file, text)
    await assert.rejects(readResourceSettings(file), { code: 'settings_file_invalid', message: says }, text)
  }
})

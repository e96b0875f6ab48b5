import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { applySchedules } from '../src/schedules/file.ts'
import { countOf, freshDatabase, freshUpstream, log, startSeeder, TOKEN, until } from './support.ts'

const { url, store } = await freshDatabase()
const upstream = await freshUpstream()
const seeder = await startSeeder(url, upstream.url)

const send = (method: string, path: string, body?: unknown, token = TOKEN): Promise<Response> =>
  fetch(`${seeder.url}/v1/schedules${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const shown = z.looseObject({
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  enabled: z.boolean(),
  note: z.string(),
  request: z.object({
    types: z.array(z.string()).optional(),
    limit: z.int().optional(),
    force: z.boolean().optional(),
  }),
  lastRun: z.object({ id: z.string(), state: z.string(), startedAt: z.iso.datetime() }).nullable(),
  lastSuccessAt: z.iso.datetime().nullable(),
  nextAt: z.iso.datetime().nullable(),
  missed: z.int(),
  skipped: z.int(),
})
const setOf = async (answer: Response) => {
  const text = await answer.text()
  assert.equal(answer.status, 200, text)
  return z.object({ schedules: z.array(shown) }).parse(JSON.parse(text)).schedules
}
const nightly = {
  name: 'nightly',
  cron: '0 3 * * *',
  timeZone: 'Europe/Berlin',
  types: ['berry'],
  limit: 2,
  note: 'all',
}

test('the set that is put is the set that is shown', async () => {
  const hourly = { name: 'hourly', cron: '0 * * * *', enabled: false, force: true }
  const put = await setOf(await send('PUT', '', { schedules: [nightly, hourly] }))
  assert.deepEqual(await setOf(await seeder.get('/v1/schedules')), put)
  const never = { lastRun: null, lastSuccessAt: null, missed: 0, skipped: 0 }
  const [first, second] = put
  assert.deepEqual(
    { ...first, ...{ lastRunAt: null } },
    {
      ...{ name: 'hourly', cron: '0 * * * *', timeZone: 'UTC', enabled: false, note: '', request: { force: true } },
      ...never,
      ...{ catchUp: 'once', origin: 'api', nextAt: null, lastRunAt: null, lastTick: null },
    },
  )
  assert.equal(second?.timeZone, 'Europe/Berlin')
  assert.deepEqual(second?.request, { types: ['berry'], limit: 2 })
  assert.match(second?.nextAt ?? '', /T0[12]:00:00\.000Z$/)
})

interface Bad {
  readonly what: string
  readonly method?: string
  readonly path?: string
  readonly body: unknown
  readonly status?: number
  readonly code?: string
  readonly says?: RegExp
}
const set = (...schedules: unknown[]) => ({ schedules })
const minute = { name: 'minute', cron: '* * * * *' }
const bad: readonly Bad[] = [
  { what: 'no body', body: undefined },
  { what: 'an array', body: [minute] },
  { what: 'no schedules', body: {} },
  { what: 'another field beside them', body: { schedules: [], version: 1 }, says: /version/ },
  { what: 'a schedule without a name', body: set({ cron: '* * * * *' }), says: /schedules\.0\.name/ },
  { what: 'a name in capitals', body: set({ ...minute, name: 'Minute' }), says: /a-z, 0-9 and hyphen/ },
  { what: 'a name with a slash', body: set({ ...minute, name: '../x' }) },
  { what: 'a name of 64 characters', body: set({ ...minute, name: 'x'.repeat(64) }) },
  { what: 'two of one name', body: set(minute, nightly, minute), says: /schedules\.2\.name: minute is there twice/ },
  { what: 'no cron', body: set({ name: 'minute' }), says: /schedules\.0\.cron/ },
  { what: 'four fields', body: set({ ...minute, cron: '* * * *' }), says: /schedules\.0\.cron: .*five fields/ },
  { what: 'minute 60', body: set({ ...minute, cron: '60 * * * *' }), says: /minute: 60/ },
  { what: 'words as cron', body: set({ ...minute, cron: 'every now and then please' }) },
  { what: '30 February', body: set({ ...minute, cron: '0 0 30 2 *' }), says: /never comes/ },
  { what: 'cron of 101 characters', body: set({ ...minute, cron: `${'1,'.repeat(47)}1 * * * *` }) },
  { what: 'a time zone on Mars', body: set({ ...minute, timeZone: 'Mars/Olympus' }), says: /no time zone/ },
  { what: 'a time zone as an offset', body: set({ ...minute, timeZone: '+01:00' }), says: /no time zone/ },
  { what: 'an unknown type', body: set({ ...minute, types: ['digimon'] }), status: 404, code: 'type_unknown' },
  { what: 'no types', body: set({ ...minute, types: [] }) },
  { what: 'paths', body: set({ ...minute, paths: ['pokemon/25'] }), says: /paths/ },
  { what: 'limit 0', body: set({ ...minute, limit: 0 }) },
  { what: 'enabled as a word', body: set({ ...minute, enabled: 'yes' }) },
  { what: 'a note of 501 characters', body: set({ ...minute, note: 'x'.repeat(501) }) },
  { what: 'an unknown catch-up', body: set({ ...minute, catchUp: 'all' }), says: /once/ },
  { what: '101 schedules', body: set(...Array.from({ length: 101 }, (_, i) => ({ ...minute, name: `s${i}` }))) },
  { what: 'one bad among good ones', body: set(minute, { ...minute, name: 'other', cron: '' }), says: /schedules\.1/ },
  { what: 'a bad name in the path', path: '/Nightly', body: { cron: '* * * * *' }, says: /^the name/ },
  { what: 'a name in the body of one', path: '/nightly', body: nightly, says: /name/ },
  { what: 'a bad change', method: 'PATCH', path: '/nightly', body: { cron: '61 * * * *' }, says: /minute: 61/ },
  { what: 'a change of what does not exist', method: 'PATCH', path: '/nightly', body: { when: 'now' } },
]
const unknown = { status: 404, code: 'schedule_unknown', body: {} }
const others: readonly Bad[] = [
  { what: 'a change to none', method: 'PATCH', path: '/none', ...unknown },
  { what: 'a removal of none', method: 'DELETE', path: '/none', ...unknown },
  { what: 'a run of none', method: 'POST', path: '/none/run', ...unknown },
]
const problemSchema = z.object({ status: z.number(), code: z.string(), detail: z.string() })

for (const { what, method = 'PUT', path = '', body, status = 400, code = 'request_invalid', says } of [
  ...bad,
  ...others,
])
  test(`${what}: ${status} ${code}`, async () => {
    const before = await setOf(await seeder.get('/v1/schedules'))
    const answer = await send(method, path, body)
    const problem = problemSchema.parse(await answer.json())
    assert.deepEqual({ status: answer.status, code: problem.code }, { status, code }, problem.detail)
    if (says) assert.match(problem.detail, says)
    assert.deepEqual(await setOf(await seeder.get('/v1/schedules')), before)
    assert.equal(await countOf(store, 'pokepedia_runs'), 0)
  })

test('without the token nothing is changed', async () => {
  for (const [method, path] of [
    ['PUT', ''],
    ['PUT', '/x'],
    ['PATCH', '/nightly'],
    ['DELETE', '/nightly'],
    ['POST', '/nightly/run'],
  ] as const)
    assert.equal((await send(method, path, {}, 'another-token-of-this-length')).status, 401, `${method} ${path}`)
  assert.equal((await setOf(await seeder.get('/v1/schedules'))).length, 2)
})

test('a schedule is disabled, run by hand once at a time, replaced and removed', async () => {
  const changed = shown.parse(await (await send('PATCH', '/nightly', { enabled: false })).json())
  assert.deepEqual({ enabled: changed.enabled, nextAt: changed.nextAt }, { enabled: false, nextAt: null })
  assert.deepEqual(
    { request: changed.request, note: changed.note },
    { request: { types: ['berry'], limit: 2 }, note: 'all' },
  )
  const made = await send('POST', '/nightly/run')
  assert.equal(made.status, 202)
  const run = z
    .looseObject({ id: z.string(), trigger: z.string(), schedule: z.string() })
    .parse(await (await seeder.get(made.headers.get('location') ?? '')).json())
  assert.deepEqual({ trigger: run.trigger, schedule: run.schedule }, { trigger: 'http', schedule: 'nightly' })
  const again = await send('POST', '/nightly/run')
  assert.equal(again.status, 409)
  assert.equal(z.object({ code: z.string(), runId: z.string() }).parse(await again.json()).runId, run.id)
  const replaced = shown.parse(await (await send('PUT', '/nightly', { cron: '0 4 * * *' })).json())
  assert.deepEqual({ enabled: replaced.enabled, request: replaced.request }, { enabled: true, request: {} })
  assert.equal(replaced.lastRun?.id, run.id)
  assert.equal((await send('DELETE', '/nightly')).status, 204)
  assert.deepEqual(
    (await setOf(await seeder.get('/v1/schedules'))).map(({ name }) => name),
    ['hourly'],
  )
})

test('the metrics show each schedule, and forget one that is removed', async () => {
  const metrics = async () => await (await seeder.get('/metrics')).text()
  await until(
    'hourly alone',
    metrics,
    (text) => /schedule_enabled\{schedule="hourly"\} 0/.test(text) && !/nightly/.test(text),
  )
  const text = await metrics()
  assert.match(text, /pokepedia_schedule_last_success_timestamp_seconds\{schedule="hourly"\} 0/)
  assert.match(text, /pokepedia_schedule_missed_total\{schedule="hourly"\} 0/)
  assert.doesNotMatch(text, /pokepedia_schedule_next_run_timestamp_seconds\{/)
  assert.doesNotMatch(text, /pokepedia_schedule_last_run_timestamp_seconds\{/)
})

test('a file that is no set of schedules is told in full, and nothing of it is applied', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pokepedia-schedules-'))
  after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'schedules.json')
  const wrong: [string, RegExp][] = [
    ['{', /JSON/],
    ['[]', /expected object/],
    ['{"schedules": []}', /version/],
    ['{"version": 0, "schedules": []}', /version/],
    ['{"version": 2, "schedules": [{"name": "x", "cron": "61 * * * *"}]}', /minute: 61/],
    [JSON.stringify({ version: 2, schedules: [minute, minute] }), /twice/],
  ]
  for (const [text, says] of wrong) {
    await writeFile(file, text)
    await assert.rejects(applySchedules(store, file, log), { code: 'settings_file_invalid', message: says })
  }
  await assert.rejects(applySchedules(store, join(folder, 'none.json'), log), { message: /none\.json.*ENOENT/ })
  assert.deepEqual(
    (await setOf(await seeder.get('/v1/schedules'))).map(({ name }) => name),
    ['hourly'],
  )
  await writeFile(file, JSON.stringify({ version: 2, schedules: [minute] }))
  await applySchedules(store, file, log)
  const [, applied] = await setOf(await seeder.get('/v1/schedules'))
  assert.deepEqual({ name: applied?.name, origin: applied?.['origin'] }, { name: 'minute', origin: 'file' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '@pokepedia/stack'
import { z } from 'zod'
import { another } from '../more-instances.ts'
import { pokepedia } from './command.ts'
import { type Route, routesOf, stateOf } from './routes.ts'
import { deploy, sql, until } from './support.ts'

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 12 } })
const { url } = deployment.stack.services.metrics

const get = (path: string): Promise<Response> => fetch(`${url}${path}`, { redirect: 'error' })
const send = (path: string, body: string, headers: Record<string, string> = {}, method = 'POST'): Promise<Response> =>
  fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${deployment.stack.token}`,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  })

const runSchema = z.object({
  run: z.looseObject({ id: z.string(), state: z.string() }),
  types: z.array(
    z.object({
      queue: z.string(),
      resourceType: z.string(),
      requested: z.number(),
      settled: z.number(),
      dead: z.number(),
    }),
  ),
  ratePerSecond: z.number(),
  secondsLeft: z.number().nullable(),
})
const pokemonSchema = z.object({
  pokemon: z.array(z.looseObject({ id: z.number(), name: z.string(), sprite: z.string().nullable() })),
  next: z.number().nullable(),
})

const runs = () => sql(deployment, 'select id, state from pokepedia_runs order by id')

test('nothing is stored: an empty list, and no story', async () => {
  assert.deepEqual(await (await get('/v1/pokemon')).json(), { pokemon: [], next: null })
  assert.equal((await get('/v1/explain?path=pokemon/1')).status, 404)
})

test('a seed by way of the status service runs, and its progress ends complete', async () => {
  const counted = await send('/v1/seed', '{"types":["pokemon"],"dryRun":true}')
  assert.equal(counted.status, 200)
  assert.deepEqual(await runs(), [])

  const key = { 'idempotency-key': 'from-the-page' }
  const seeded = await send('/v1/seed', '{"types":["pokemon"]}', key)
  assert.equal(seeded.status, 202)
  const again = await send('/v1/seed', '{"types":["pokemon"]}', key)
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  assert.equal(again.headers.get('location'), seeded.headers.get('location'))

  const location = seeded.headers.get('location') ?? ''
  const progress = async () => runSchema.parse(await (await get(location)).json())
  const ended = await until('the end of the run', progress, ({ run }) => run.state === 'completed', 60_000)
  const ofPokemon = ended.types.find(
    ({ resourceType, queue }) => resourceType === 'pokemon' && queue.endsWith('ingest'),
  )
  assert.equal(ofPokemon?.settled, ofPokemon?.requested)
  assert.ok(Number(ofPokemon?.requested) >= 12, JSON.stringify(ended.types))
  assert.equal(ended.secondsLeft, null)
  assert.equal((await send(`${location}/cancel`, '{}')).status, 409)
})

test('the stored Pokémon come in pages, each with the bytes of its sprite', async () => {
  const first = pokemonSchema.parse(await (await get('/v1/pokemon?limit=5')).json())
  const second = pokemonSchema.parse(await (await get(`/v1/pokemon?limit=5&after=${first.next}`)).json())
  assert.deepEqual(
    [...first.pokemon, ...second.pokemon].map(({ id }) => id),
    (await sql(deployment, 'select id from pokepedia_pokemon order by id limit 10')).map(({ id }) => id),
  )
  const sprites = first.pokemon.flatMap(({ sprite }) => sprite ?? [])
  assert.equal(sprites.length, 5)
  for (const sprite of sprites) {
    const answer = await get(sprite)
    assert.equal(answer.headers.get('content-type'), 'image/png')
    assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/)
    const [row] = await sql(
      deployment,
      'select bytes::int as n from pokepedia_assets where position(object_key in $1) > 0',
      [decodeURIComponent(sprite)],
    )
    assert.equal((await answer.arrayBuffer()).byteLength, row?.['n'])
  }
})

test('what happened to a resource is told', async () => {
  const story = z
    .looseObject({ path: z.string(), resource: z.looseObject({ status: z.string() }), runs: z.array(z.unknown()) })
    .parse(await (await get('/v1/explain?path=pokemon/1')).json())
  assert.deepEqual([story.path, story.resource.status, story.runs.length], ['pokemon/1', 'present', 1])
})

const scheduleSchema = z.looseObject({
  name: z.string(),
  enabled: z.boolean(),
  nextAt: z.string().nullable(),
  lastRun: z.looseObject({ id: z.string(), state: z.string() }).nullable(),
})
const cli = async (...args: string[]) => {
  const command = pokepedia('schedules', ...args, '--json', '--directory', deployment.layout.directory)
  return { code: await command.exited, stdout: command.stdout(), stderr: command.stderr() }
}

test('a schedule is put through this address, shown in the status, and run, disabled and removed by command', async () => {
  const put = (body: object) => send('/v1/schedules', JSON.stringify(body), {}, 'PUT')
  const answer = await put({ schedules: [{ name: 'yearly', cron: '0 3 1 1 *', types: ['type'], limit: 2 }] })
  assert.equal(answer.status, 200, await answer.text())
  const inStatus = async () =>
    z.looseObject({ schedules: z.array(scheduleSchema).nullable() }).parse(await (await get('/v1/status')).json())
      .schedules
  await until('the schedule in the status', inStatus, (seen) => seen?.[0]?.name === 'yearly')

  const ran = await cli('run', 'yearly')
  assert.equal(ran.code, 0, ran.stderr)
  const { runId } = z.object({ runId: z.string() }).parse(JSON.parse(ran.stdout))
  const ofSchedule = async () => (await inStatus())?.[0]?.lastRun
  const last = await until('the end of its run', ofSchedule, (run) => run?.state === 'completed')
  assert.equal(last?.id, runId)

  for (const [line, code, says] of [
    [['set', 'broken', '--cron', '61 * * * *'], 2, /minute: 61/],
    [['remove', 'nothing'], 1, /no schedule nothing/],
  ] as const) {
    const refused = await cli(...line)
    assert.deepEqual([refused.code, refused.stdout], [code, ''], refused.stderr)
    assert.match(refused.stderr, says)
  }
  assert.equal((await cli('disable', 'yearly')).code, 0)
  const { schedules } = z.object({ schedules: z.array(scheduleSchema) }).parse(JSON.parse((await cli('list')).stdout))
  assert.deepEqual(
    schedules.map(({ name, enabled, nextAt }) => ({ name, enabled, nextAt })),
    [{ name: 'yearly', enabled: false, nextAt: null }],
  )
  assert.equal((await cli('remove', 'yearly')).code, 0)
  assert.deepEqual(await (await get('/v1/schedules')).json(), { schedules: [] })
})

const NO_RUN = '/v1/runs/0198c0de-0000-7000-8000-000000000000'
const refusals: [string, () => Promise<Response>, number, string][] = [
  ['a seed without a token', () => send('/v1/seed', '{}', { authorization: '' }), 401, 'unauthorized'],
  ['a cancel without a token', () => send(`${NO_RUN}/cancel`, '{}', { authorization: '' }), 401, 'unauthorized'],
  ['a seed of an unknown type', () => send('/v1/seed', '{"types":["digimon"]}'), 404, 'type_unknown'],
  ['a seed that is no JSON', () => send('/v1/seed', '{"types":'), 400, 'json_invalid'],
  ['a cancel of an unknown run', () => send(`${NO_RUN}/cancel`, '{}'), 404, 'run_unknown'],
  ['a cancel of what is no run', () => send('/v1/runs/x/cancel', '{}'), 400, 'request_invalid'],
  ['an unknown run', () => get(NO_RUN), 404, 'run_unknown'],
  ['what is no run', () => get('/v1/runs/..%2f..%2fmetrics'), 400, 'request_invalid'],
  ['a limit of 101', () => get('/v1/pokemon?limit=101'), 400, 'request_invalid'],
  ['an unknown parameter', () => get('/v1/pokemon?page=2'), 400, 'request_invalid'],
  ['what is no path', () => get('/v1/explain?path=../secret'), 400, 'request_invalid'],
  ['no path', () => get('/v1/explain'), 400, 'request_invalid'],
  ['a key that leads elsewhere', () => get('/v1/sprites/..%2f..%2fetc%2fpasswd'), 404, 'sprite_unknown'],
  ['a key that is not stored', () => get('/v1/sprites/a/b.png'), 404, 'sprite_unknown'],
]
for (const [what, ask, status, code] of refusals)
  test(`${what} is refused with ${status} and changes nothing`, async () => {
    const before = await runs()
    const answer = await ask()
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    const problem = z.object({ status: z.number(), code: z.string() }).parse(await answer.json())
    assert.deepEqual([answer.status, problem], [status, { status, code }])
    assert.deepEqual(await runs(), before)
  })

const routes = await routesOf(url)
const changes = routes.filter(({ method }) => method !== 'GET')
const bearer = { authorization: `Bearer ${deployment.stack.token}` }
const asJson = { 'content-type': 'application/json' }

/** Sends something to a route, which must refuse it with a problem of this status; undefined takes any 4xx. */
const assertRefused = async (
  { method, path }: Pick<Route, 'method' | 'path'>,
  status: number | undefined,
  { at = url, headers = {}, body = null }: { at?: string; headers?: Record<string, string>; body?: string | null } = {},
): Promise<string> => {
  const answer = await fetch(`${at}${path}`, { method, headers, body })
  const text = await answer.text()
  const what = `${method} ${path} with ${JSON.stringify(headers)} and ${body?.slice(0, 40)}: ${answer.status} ${text}`
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, what)
  if (status === undefined) assert.ok(answer.status >= 400 && answer.status < 500, what)
  else assert.equal(answer.status, status, what)
  return z.looseObject({ code: z.string(), detail: z.string().min(5) }).parse(JSON.parse(text)).code
}

test('every route that changes something says so, and wants the token', async () => {
  assert.ok(changes.length >= 6, JSON.stringify(routes))
  const before = await stateOf(deployment)
  for (const route of changes) {
    assert.ok(route.needsToken, `${route.method} ${route.path} has no security in openapi.json`)
    for (const authorization of [undefined, 'Bearer wrong-token-of-20-letters', `Basic ${deployment.stack.token}`]) {
      const headers = { ...asJson, ...(authorization === undefined ? {} : { authorization }) }
      assert.equal(await assertRefused(route, 401, { headers, body: '{}' }), 'unauthorized')
    }
  }
  assert.deepEqual(await stateOf(deployment), before)
})

test('in read-only mode every route that changes something refuses, with the token and without', async () => {
  const port = await freePort()
  another('metrics', deployment, { READ_ONLY: 'true', HTTP_PORT: String(port) })
  const reader = `http://127.0.0.1:${port}`
  const lives = async () => (await fetch(`${reader}/livez`).catch(() => undefined))?.status
  await until('the reader', lives, (status) => status === 200)
  const before = await stateOf(deployment)
  for (const route of changes)
    for (const headers of [asJson, { ...asJson, ...bearer }])
      for (const body of ['{}', '{"all":true}', '{"reason":"read-only"}', '{"broken":'])
        assert.equal(await assertRefused(route, 403, { at: reader, headers, body }), 'read_only')
  assert.deepEqual(await stateOf(deployment), before)
  assert.equal((await fetch(`${reader}/v1/status`)).status, 200)
})

const malformed: [string, Record<string, string>, string, number | undefined][] = [
  ['what is no JSON', asJson, '{"broken":', 400],
  ['a list', asJson, '[1]', undefined],
  ['a text', asJson, '"text"', undefined],
  ['an unknown member', asJson, '{"nonsense":true}', undefined],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b', 415],
  ['a body of 100 kB', asJson, JSON.stringify({ reason: 'x'.repeat(100_000) }), 413],
]
for (const [what, headers, body, status] of malformed)
  test(`${what} is refused by every route that changes something, and changes nothing`, async () => {
    const before = await stateOf(deployment)
    for (const route of changes) await assertRefused(route, status, { headers: { ...bearer, ...headers }, body })
    assert.deepEqual(await stateOf(deployment), before)
  })

test('a malformed question is refused by every route that is asked', async () => {
  for (const { path, hasQuery, hasPathParameter } of routes.filter(({ method }) => method === 'GET')) {
    if (hasQuery) await assertRefused({ method: 'GET', path: `${path}?nonsense=1` }, 400)
    if (hasPathParameter) await assertRefused({ method: 'GET', path: path.replace(/[^/]+$/, '%00') }, undefined)
  }
  await assertRefused({ method: 'DELETE', path: '/v1/status' }, 405, { headers: bearer })
  await assertRefused({ method: 'POST', path: '/v1/nothing' }, 404, { headers: bearer })
})

test('while the seeder is away a seed is answered so, and nothing is made', async () => {
  const before = await runs()
  const { pid } = deployment.stack.services.seeder
  process.kill(pid, 'SIGKILL')
  // A moment later `up` starts it again.
  const answer = await send('/v1/seed', '{}')
  assert.equal(answer.status, 502)
  assert.equal(z.looseObject({ code: z.string() }).parse(await answer.json()).code, 'seeder_unavailable')
  assert.deepEqual(await runs(), before)
})

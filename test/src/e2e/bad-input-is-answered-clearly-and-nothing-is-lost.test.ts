import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTraceparent } from '@pokepedia/events'
import { openAdmin, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { z } from 'zod'
import { deploy, kafkaTool, post, recordsOf, seedAndWait, setFaults, sql, until } from './support.ts'

const deployment = await deploy({
  upstream: { kind: 'sample', pokemon: 6 },
  settings: { RETRY_TIERS: '200ms,600ms', UPSTREAM_HEADERS_TIMEOUT_MS: '1000' },
})
const { upstream } = deployment.stack

const problemSchema = z.looseObject({ code: z.string(), status: z.number(), detail: z.string() })
const seedCases: [string, string, number][] = [
  ['an unknown type', '{"types":["digimon"]}', 404],
  ['a negative limit', '{"limit":-1}', 400],
  ['malformed JSON', '{"types":', 400],
  ['a body of 2 MB', JSON.stringify({ types: ['x'.repeat(2_000_000)] }), 413],
]
for (const [what, body, status] of seedCases)
  test(`${what} at the seed endpoint is answered with ${status} and makes no run`, async () => {
    const answer = await post(deployment, body)
    assert.equal(answer.status, status)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    const problem = problemSchema.parse(await answer.json())
    assert.equal(problem.status, status)
    assert.ok(problem.detail.length > 10)
    assert.deepEqual(await sql(deployment, 'select count(*)::int as n from pokepedia_runs'), [{ n: 0 }])
  })

test('a seed without the token is refused', async () => {
  assert.equal((await post(deployment, '{}', { authorization: '' })).status, 401)
})

const settledLag = async (): Promise<string> =>
  until(
    'lag 0 in both main topics',
    () => kafkaTool(deployment, 'kafka-consumer-groups', ['--describe', '--all-groups']),
    (table) => {
      // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …; a dash stands for a partition never read.
      const lags = table.split('\n').flatMap((line) => /^\d+$/.exec(line.split(/\s+/)[5] ?? '')?.[0] ?? [])
      return lags.length > 0 && lags.every((lag) => lag === '0')
    },
  )

test('what people type into the console producer is processed', async () => {
  const lines = ['{"path":"pokemon/1"}', 'pokemon/2', `${upstream}pokemon/3/`, 'hello world', '{"path":']
  await kafkaTool(deployment, 'kafka-console-producer', ['--topic', 'pokepedia.ingest'], `${lines.join('\n')}\n`)
  const stored = () => sql(deployment, "select path from pokeapi_resources where path like 'pokemon/%' order by path")
  await until('the three Pokémon', stored, (rows) => rows.length === 3)
  await until(
    'their images',
    () =>
      sql(
        deployment,
        'select count(distinct r.source_url)::int as n, (select count(*)::int from pokepedia_assets) as stored from pokepedia_asset_references r where kind = $1',
        ['sprite'],
      ),
    ([row]) => row?.['n'] === row?.['stored'] && Number(row?.['n']) > 0,
  )
  await settledLag()
  const letters = await recordsOf(deployment, 'pokepedia.ingest.dlq')
  assert.match(letters, /x-error-code:undecodable.*hello world/)
  assert.match(letters, /x-dead-reason:undecodable/)
  assert.equal(letters.match(/x-error-code:/g)?.length, 2, letters)
})

test('upstream faults end where they should: retried and stored, dead with a code, or gone', async () => {
  await setFaults(deployment, [
    { match: '/pokemon/1/$', kind: 'truncate', times: 1 },
    { match: '/pokemon/2/$', kind: 'status', status: 503, times: 4 },
    { match: '/pokemon/3/$', kind: 'wrong_type' },
    { match: '/pokemon/4/$', kind: 'gone' },
    { match: '/pokemon/5/$', kind: 'hang', times: 1 },
    { match: '/pokemon/6/$', kind: 'status', status: 429, retryAfterSeconds: 0, times: 1 },
    { match: '/media/.*/pokemon/(back/)?6[.]png', kind: 'not_image' },
  ])
  const traceparent = newTraceparent()
  const run = await seedAndWait(deployment, { types: ['pokemon'], force: true }, undefined, { traceparent })
  await setFaults(deployment, [])
  assert.equal(run.state, 'completed_with_dead_letters')
  const outcomes = await sql(
    deployment,
    "select key, outcome, error_code from pokepedia_run_ledger where run_id = $1 and key ~ '^pokemon/[0-9]+$' order by key",
    [run.id],
  )
  const brief = Object.fromEntries(outcomes.map(({ key, outcome, error_code }) => [key, error_code ?? outcome]))
  assert.deepEqual(
    { ...brief, 'pokemon/1': 'ok', 'pokemon/2': 'ok' },
    {
      'pokemon/1': 'ok',
      'pokemon/2': 'ok',
      'pokemon/3': 'not_json',
      'pokemon/4': 'gone',
      'pokemon/5': 'stored',
      'pokemon/6': 'stored',
    },
  )
  for (const path of ['pokemon/1', 'pokemon/2']) assert.ok(['stored', 'unchanged'].includes(String(brief[path])), path)
  const images = await sql(
    deployment,
    "select distinct error_code from pokepedia_run_ledger where run_id = $1 and queue = 'pokepedia.sprites' and outcome = 'dead'",
    [run.id],
  )
  assert.deepEqual(images, [{ error_code: 'image_invalid' }])
  const topics = ['pokepedia.sprites.dlq', 'pokepedia.ingest.retry.200ms']
  const [letters = '', retried = ''] = await Promise.all(topics.map((topic) => recordsOf(deployment, topic)))
  assert.match(letters, new RegExp(`traceparent:${traceparent}.*x-error-code:image_invalid`))
  assert.match(retried, new RegExp(`traceparent:${traceparent}.*x-error-code:http_503`))
  await settledLag()
})

// What each is refused for is in packages/events; here they go through the services that run.
const noEvents: readonly (readonly [key: string | null, value: Buffer | null])[] = [
  ['tombstone', null],
  ['empty', Buffer.alloc(0)],
  ['four-bytes', Buffer.alloc(4)],
  ['unknown-schema', Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 2, 2])],
  ['half', Buffer.from([0, 0, 0, 0, 1, 2])],
  ['zeros', Buffer.alloc(900_000)],
  [null, Buffer.from('{"path":["pokemon/1"]}')],
  ['file', Buffer.from('file:///etc/passwd')],
  ['decimal', Buffer.from('http://2130706433/')],
  ['long', Buffer.from(`http://127.0.0.1/${'1'.repeat(65_536)}`)],
]
const oddHeaders = {
  'x-attempt': ['banana', '-1'],
  'x-not-before': Buffer.from([0xff, 0x00, 0xfe]),
  'x-run-id': '',
  'x-redrive-count': '1000000000',
  'x-original-offset': 'NaN',
  traceparent: ['00', '01'],
}

test('what is no event is a letter once, odd headers hold up nothing, and every service goes on', async () => {
  const client = openKafka({ brokers: [deployment.stack.kafka], clientId: 'test' }, createLog('test', 'fatal'))
  await using admin = await openAdmin(client)
  const letters = async (): Promise<number> => {
    const ranges = await Promise.all(['pokepedia.ingest.dlq', 'pokepedia.sprites.dlq'].map(admin.ranges))
    return ranges.flat().reduce((sum, { start, end }) => sum + Number(end) - Number(start), 0)
  }
  const pids = () => Object.values(deployment.stack.services).map(({ pid }) => pid)
  const [lettersBefore, pidsBefore] = [await letters(), pids()]
  await sql(deployment, "delete from pokeapi_resources where path = 'pokemon/2'")

  // Not the product's own producer, which writes no header twice.
  const producer = client.kafka.producer()
  await producer.connect()
  for (const topic of ['pokepedia.ingest', 'pokepedia.sprites'])
    await producer.send({ topic, messages: noEvents.map(([key, value]) => ({ key, value, headers: oddHeaders })) })
  const sound = { key: 'another key', value: 'pokemon/2', headers: oddHeaders }
  await producer.send({ topic: 'pokepedia.ingest', messages: [sound] })
  await producer.disconnect()

  await until('a letter for each', letters, (now) => now >= lettersBefore + 2 * noEvents.length)
  const stored = () => sql(deployment, "select path from pokeapi_resources where path = 'pokemon/2'")
  await until('the event among them', stored, (rows) => rows.length === 1)
  await settledLag()
  assert.equal(await letters(), lettersBefore + 2 * noEvents.length)
  assert.deepEqual(pids(), pidsBefore)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { pokepedia } from './command.ts'
import { deploy, post, setFaults, sql, until } from './support.ts'

const deployment = await deploy({
  upstream: { kind: 'sample', pokemon: 60 },
  settings: { CONSUMER_CONCURRENCY: '8' },
})
const { stack, layout } = deployment

const command = async (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  await using running = pokepedia(...args, '--directory', layout.directory)
  return { code: await running.exited, stdout: running.stdout(), stderr: running.stderr() }
}

const askGroup = (path: string, body: string, token = stack.token): Promise<Response> =>
  fetch(`${stack.services.metrics.url}/v1/groups/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
const pauses = () => sql(deployment, 'select group_name, reason from pokepedia_group_pauses')
const settled = async (): Promise<number> => {
  const [row] = await sql(
    deployment,
    "select count(outcome)::int as n from pokepedia_run_ledger where queue = 'pokepedia.ingest'",
  )
  return Number(row?.['n'])
}
/** Partitions that the ingestor holds on an operator's word; undefined while it does not answer. */
const held = async (): Promise<number | undefined> => {
  const answer = await fetch(`${stack.services.ingestor.url}/metrics`).catch(() => undefined)
  const line = /pokepedia_paused_partitions\{queue="pokepedia.ingest",group="ingestor",reason="operator"\} (\d+)/
  const [, count] = line.exec((await answer?.text()) ?? '') ?? []
  return count === undefined ? undefined : Number(count)
}
const inWork = async (): Promise<number> => {
  const text = await (await fetch(`${stack.services.ingestor.url}/metrics`)).text()
  return Number(/pokepedia_records_in_flight\{group="ingestor"\} (\d+)/.exec(text)?.[1])
}

test('a pause stops a run half-way, outlives a killed consumer, and a resume completes it', async () => {
  await setFaults(deployment, [{ match: '/api/v2/[a-z-]+/[0-9]+/$', kind: 'latency', delayMs: 300 }])
  const seeded = await post(deployment, '{}')
  const runId = seeded.headers.get('location')?.split('/').at(-1) ?? ''
  await until('work', settled, (count) => count > 8)

  const paused = await command('pause', 'ingestor', '--reason', 'a test')
  assert.equal(paused.code, 0, paused.stderr)
  assert.match(paused.stdout, /ingestor stands still: a test/)
  await until('all partitions held', held, (count) => count === 6)
  await until('the end of the work in hand', inWork, (count) => count === 0)
  const before = await settled()

  const { pid } = stack.services.ingestor
  process.kill(pid, 'SIGKILL')
  await until('the death', held, (count) => count === undefined)
  await until('its successor', held, (count) => count === 6, 40_000)
  assert.equal(await settled(), before)
  const listed = await (await fetch(`${stack.services.metrics.url}/v1/groups`)).json()
  const groups = z
    .object({
      groups: z.array(
        z.object({ group: z.string(), paused: z.object({ reason: z.string(), at: z.iso.datetime() }).nullable() }),
      ),
    })
    .parse(listed).groups
  assert.deepEqual(
    groups.map(({ group, paused: why }) => [group, why?.reason ?? null]),
    [
      ['ingestor', 'a test'],
      ['ingestor.retry', null],
      ['sprite-fetcher', null],
      ['sprite-fetcher.retry', null],
    ],
  )

  await setFaults(deployment, [])
  assert.equal((await command('resume', 'ingestor')).code, 0)
  await until(
    'the end of the run',
    () => sql(deployment, 'select state from pokepedia_runs where id = $1', [runId]),
    ([run]) => run?.['state'] === 'completed',
    60_000,
  )
  const audit = await command('audit', runId, '--json')
  assert.equal(audit.code, 0, audit.stderr)
  assert.equal((await command('resume', 'ingestor')).code, 0, 'to resume what runs is no error')
})

const refusals: [string, () => Promise<Response>, number, string][] = [
  ['a pause without a token', () => askGroup('ingestor/pause', '{"reason":"x"}', 'x'), 401, 'unauthorized'],
  ['a pause without a reason', () => askGroup('ingestor/pause', '{}'), 400, 'request_invalid'],
  ['a pause with an empty reason', () => askGroup('ingestor/pause', '{"reason":"  "}'), 400, 'request_invalid'],
  [
    'a reason of 201 characters',
    () => askGroup('ingestor/pause', `{"reason":"${'x'.repeat(201)}"}`),
    400,
    'request_invalid',
  ],
  ['a pause of an unknown group', () => askGroup('nobody/pause', '{"reason":"x"}'), 404, 'group_unknown'],
  ['a resume of an unknown group', () => askGroup('nobody/resume', '{}'), 404, 'group_unknown'],
  ['a resume with a body', () => askGroup('ingestor/resume', '{"force":true}'), 400, 'request_invalid'],
]
for (const [what, ask, status, code] of refusals)
  test(`${what} is refused with ${status} and pauses nothing`, async () => {
    const answer = await ask()
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    const problem = z.object({ status: z.number(), code: z.string() }).parse(await answer.json())
    assert.deepEqual([answer.status, problem], [status, { status, code }])
    assert.deepEqual(await pauses(), [])
  })

test('on the command line an unknown group is told with those there are', async () => {
  const answer = await command('pause', 'nobody', '--reason', 'x')
  assert.equal(answer.code, 2)
  assert.match(answer.stderr, /the groups are ingestor, ingestor.retry/)
  assert.equal((await command('pause', 'ingestor')).code, 2)
})

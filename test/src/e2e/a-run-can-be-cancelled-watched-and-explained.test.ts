import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, spritesQueue } from '@pokepedia/events'
import { openAdmin, openKafka, openProducer } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { z } from 'zod'
import { pokepedia } from './command.ts'
import { deploy, post, seedAndWait, setFaults, sql, until } from './support.ts'

const deployment = await deploy({
  upstream: { kind: 'sample', pokemon: 60 },
  settings: { RETRY_TIERS: '200ms,600ms', CONSUMER_CONCURRENCY: '8' },
})
const { stack, layout } = deployment

const command = async (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  await using running = pokepedia(...args, '--directory', layout.directory)
  return { code: await running.exited, stdout: running.stdout(), stderr: running.stderr() }
}

const countsSchema = z.object({ json: z.number(), media: z.number() })
const requests = async (): Promise<number> => {
  const { json, media } = countsSchema.parse(await (await fetch(new URL('/__requests', stack.upstream))).json())
  return json + media
}

const client = openKafka({ brokers: [stack.kafka], clientId: 'test' }, createLog('test', 'silent'))

const lag = async (): Promise<number> => {
  await using admin = await openAdmin(client)
  const rows = await admin.lag([ingestQueue, spritesQueue].map(({ group, name }) => ({ group, topics: [name] })))
  return rows.reduce((sum, row) => sum + (row.currentOffset < 0 ? row.endOffset : row.lag), 0)
}

const producing = async (value: string): Promise<void> => {
  await using producer = await openProducer(client)
  await producer.send('pokepedia.ingest', [{ key: null, value: Buffer.from(value), headers: {} }])
}

test('after a cancel nothing more of the run is fetched, and its ledger is whole', async () => {
  await setFaults(deployment, [{ match: '/api/v2/[a-z-]+/[0-9]+/$', kind: 'latency', delayMs: 500 }])
  const seeded = await post(deployment, '{}')
  const runId = seeded.headers.get('location')?.split('/').at(-1) ?? ''
  const settled = `select count(outcome)::int as n, count(*)::int as requested from pokepedia_run_ledger
    where run_id = $1 and queue = 'pokepedia.ingest'`
  const [before] = await until(
    'work',
    () => sql(deployment, settled, [runId]),
    ([row]) => Number(row?.['n']) > 8,
  )
  const cancelled = await command('runs', '--cancel', runId, '--json')
  const fetched = await requests()
  assert.equal(cancelled.code, 0, cancelled.stderr)
  assert.equal(JSON.parse(cancelled.stdout).state, 'cancelled')

  await until('the end of its events', lag, (records) => records === 0)
  // What was in work goes on to its end, and a run that was open a moment ago is trusted for a second.
  const more = (await requests()) - fetched
  assert.ok(more < 60, `${more} requests after the cancel`)
  assert.ok(Number(before?.['requested']) > 200, JSON.stringify(before))

  const counts = await sql(
    deployment,
    `select count(*) filter (where outcome is null)::int as open, count(*) filter (where outcome = 'discarded')::int as n
     from pokepedia_run_ledger where run_id = $1`,
    [runId],
  )
  assert.equal(counts[0]?.['open'], 0)
  assert.ok(Number(counts[0]?.['n']) > 100, JSON.stringify(counts))
  const audit = await command('audit', runId, '--json')
  assert.equal(audit.code, 0, audit.stdout)

  const again = await fetch(`${stack.services.seeder.url}/v1/runs/${runId}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.token}` },
  })
  assert.equal(again.status, 200, 'to cancel it again is no error')
  const metrics = await (await fetch(`${stack.services.seeder.url}/metrics`)).text()
  assert.match(metrics, /pokepedia_runs_total\{trigger="http",result="cancelled"\} 1/)
})

test('only an open run can be cancelled, and only with the token', async () => {
  await setFaults(deployment, [])
  const { id } = await seedAndWait(deployment, { paths: ['berry/1'] })
  const cancel = async (runId: string, authorization = `Bearer ${stack.token}`): Promise<[number, unknown]> => {
    const at = `${stack.services.seeder.url}/v1/runs/${runId}/cancel`
    const answer = await fetch(at, { method: 'POST', headers: { authorization } })
    return [answer.status, z.looseObject({ code: z.string() }).parse(await answer.json()).code]
  }
  assert.deepEqual(await cancel(id), [409, 'run_ended'])
  assert.deepEqual(await cancel('01a20a91-b8b8-7759-b462-907eda755f6c'), [404, 'run_unknown'])
  assert.equal((await cancel(id, ''))[0], 401)
  const refused = await command('runs', '--cancel', id)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /only an open run can be cancelled/)
  assert.equal((await command('runs', '--cancel', 'banana')).code, 2)
})

test('status, tail and explain tell what happened to a resource that died on its second run', async () => {
  await seedAndWait(deployment, { paths: ['pokemon/1'] })
  await setFaults(deployment, [{ match: '/pokemon/1/$', kind: 'status', status: 503 }])
  const { id } = await seedAndWait(deployment, { paths: ['pokemon/1'], force: true })
  await setFaults(deployment, [])

  const letter = z.object({
    key: z.string(),
    headers: z.record(z.string(), z.string()),
    event: z.object({ path: z.string() }),
  })
  const dead = await command('tail', 'pokepedia.ingest.dlq', '--limit', '1', '--json')
  assert.equal(dead.code, 0, dead.stderr)
  const { key, headers, event } = letter.parse(JSON.parse(dead.stdout))
  assert.deepEqual(
    [key, event.path, headers['x-error-code'], headers['x-run-id']],
    ['pokemon/1', 'pokemon/1', 'http_503', id],
  )
  await producing('not an event')
  const oldest = await command('tail', 'pokepedia.ingest', '--from-beginning', '--limit', '3')
  assert.equal(oldest.stdout.trimEnd().split('\n').length, 3, oldest.stdout)
  assert.match(oldest.stdout, /^2[0-9-]+T[0-9:.]+Z {2}[0-5]:[0-9]+ {2}\S+ {2}[{].*x-run-id=/)
  const newest = await command('tail', 'pokepedia.ingest')
  assert.match(newest.stdout, /undecodable: /)
  const unknown = await command('tail', 'pokepedia.ingest.banana')
  assert.equal(unknown.code, 2)
  assert.match(
    unknown.stderr,
    /there is no topic pokepedia.ingest.banana; there are pokepedia.changes, pokepedia.ingest,/,
  )

  const text = await command('explain', 'pokemon/1')
  assert.equal(text.code, 0, text.stderr)
  const lines = text.stdout.split('\n')
  const asked = lines.findIndex((line) => line.includes(`run ${id} (http) asks for it`))
  const told = lines.slice(asked).join('\n')
  assert.match(
    told,
    /event on pokepedia[.]ingest at [0-5]:[0-9]+, attempt 1[\s\S]*retry[.]200ms at .*attempt 2, due .*http_503/,
  )
  assert.match(told, /retry[.]600ms at .*attempt 3[\s\S]*event on pokepedia[.]ingest[.]dlq at 0:[0-9]+.*http_503/)
  assert.match(told, new RegExp(`run ${id}: dead \\(http_503\\)`))
  assert.match(told, /stored {3}\/sprites/)
  const whole = JSON.parse((await command('explain', 'pokemon/1', '--json')).stdout)
  assert.deepEqual([whole.resource.status, whole.runs[0].runId, whole.runs[0].outcome], ['present', id, 'dead'])
  assert.equal((await command('explain', 'berry/99999')).code, 1)
  assert.equal((await command('explain', 'No Path')).code, 2)

  const status = await command('status', '--json')
  assert.equal(status.code, 0, status.stderr)
  const { services, groups } = JSON.parse(status.stdout)
  assert.equal(services.filter((service: { ready: boolean }) => service.ready).length, 4)
  assert.ok(
    groups.some((group: { group: string; members: number }) => group.group === 'ingestor' && group.members === 1),
  )
  assert.match((await command('status')).stdout, /open dead letters/)
})

test('the audit names what Kafka has and the ledger lacks, and what the ledger has and Kafka lacks', async () => {
  const runId = '01a20a91-b8b8-7759-b462-907eda755f6d'
  // At once: the seeder ends a run of which nothing is in flight.
  await sql(
    deployment,
    `with run as (
       insert into pokepedia_runs (id, state, trigger, request_hash) values ($1, 'running', 'cli', '') returning id)
     insert into pokepedia_run_ledger (run_id, queue, key, resource_type, outcome, settled_at)
     select run.id, 'pokepedia.ingest', k.key, 'berry', k.outcome, case when k.outcome is null then null else now() end
     from run, (values ('berry/901', null), ('berry/902', 'dead'), ('berry/904', null), ('berry/905', 'dead'))
       as k (key, outcome)`,
    [runId],
  )
  await using producer = await openProducer(client)
  const recordOf = (key: string, headers: Record<string, string> = {}) => ({
    key,
    value: Buffer.from(key),
    headers: { 'x-run-id': runId, ...headers },
  })
  await producer.send('pokepedia.ingest.dlq', [recordOf('berry/903'), recordOf('berry/905')])
  // In work until after the audit.
  await setFaults(deployment, [{ match: '/berry/904/$', kind: 'latency', delayMs: 9_000 }])
  await producer.send('pokepedia.ingest', [recordOf('berry/904')])
  const { code, stdout } = await command('audit', runId, '--json')
  assert.equal(code, 1)
  const { balanced, violations } = z
    .object({ balanced: z.boolean(), violations: z.array(z.object({ rule: z.string(), key: z.string() })) })
    .parse(JSON.parse(stdout))
  assert.equal(balanced, false)
  assert.deepEqual(
    violations.map(({ rule, key }) => [rule, key]),
    [
      ['dead-has-letter', 'berry/902'],
      ['letter-is-entered', 'berry/903'],
      ['in-flight-has-event', 'berry/901'],
    ],
  )
})

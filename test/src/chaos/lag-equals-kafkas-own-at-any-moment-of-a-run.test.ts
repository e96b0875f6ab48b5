import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { parseRetryTiers, queues, topicCatalogue } from '@pokepedia/events'
import { type LagSnapshot, readLag } from '@pokepedia/metrics'
import { openAdmin, openKafka, openRecordTimes } from '@pokepedia/pipeline'
import { createLog, Scope } from '@pokepedia/service'
import { z } from 'zod'
import { deploy, kafkaTool, post, setFaults, sql, until } from '../e2e/support.ts'

const MOMENTS = 20
const TIERS = '500ms,2s'
const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 60 }, settings: { RETRY_TIERS: TIERS } })

interface Row {
  readonly current: number
  readonly end: number
  readonly lag: number
}
type Rows = ReadonlyMap<string, Row>

/** What `kafka-consumer-groups --describe` prints of our groups, `-` as −1. */
const printed = async (): Promise<Rows> => {
  const table = await kafkaTool(deployment, 'kafka-consumer-groups', ['--describe', '--all-groups'])
  const rows = table.split('\n').flatMap((line): [string, Row][] => {
    const [group, topic, partition, ...numbers] = line.trim().split(/\s+/)
    if (!/^\d+$/.test(partition ?? '') || !topic?.startsWith('pokepedia.') || group?.startsWith('record-times'))
      return []
    const [current = -1, end = -1, lag = -1] = numbers.slice(0, 3).map((text) => (text === '-' ? -1 : Number(text)))
    return [[`${group} ${topic} ${partition}`, { current, end, lag }]]
  })
  return new Map(rows)
}

const rowsOf = (partitions: LagSnapshot['partitions']): Rows =>
  new Map(
    partitions.map(({ group, topic, partition, currentOffset: current, endOffset: end, lag }) => [
      `${group} ${topic} ${partition}`,
      { current, end, lag },
    ]),
  )

/** Both only grow, so what Kafka printed in between lies between ours of before and of after. */
const assertBetween = (before: Rows, kafkas: Rows, after: Rows): { exact: number; moving: number } => {
  let exact = 0
  let moving = 0
  for (const [place, ours] of before) {
    const later = after.get(place)
    const theirs = kafkas.get(place)
    const told = `${place}: ${JSON.stringify({ ours, theirs, later })}`
    assert.ok(theirs && later, told)
    assert.ok(ours.current <= theirs.current && theirs.current <= later.current, told)
    assert.ok(ours.end <= theirs.end && theirs.end <= later.end, told)
    const stoodStill = ours.current === later.current && ours.end === later.end
    if (stoodStill) assert.deepEqual(ours, theirs, told)
    else if (theirs.current >= 0) assert.equal(theirs.lag, theirs.end - theirs.current, told)
    if (stoodStill) exact += 1
    else moving += 1
  }
  return { exact, moving }
}

const statusSchema = z.looseObject({
  lagMeasuredAt: z.string(),
  partitions: z.array(
    z.looseObject({
      group: z.string(),
      topic: z.string(),
      partition: z.number(),
      currentOffset: z.number(),
      endOffset: z.number(),
      lag: z.number(),
    }),
  ),
})

test(`at ${MOMENTS} moments of runs under load the lag of every partition is what kafka-consumer-groups prints`, async () => {
  await using scope = new Scope()
  const log = createLog('test', 'fatal')
  const client = openKafka({ brokers: [deployment.stack.kafka], clientId: 'lag-test' }, log)
  const admin = scope.add(await openAdmin(client))
  const tiers = parseRetryTiers(TIERS)
  const topics = topicCatalogue(tiers).map(({ name }) => name)
  const times = scope.add(openRecordTimes(client, topics))
  const ours = async (): Promise<Rows> => rowsOf((await readLag({ admin, times, queues, tiers })).partitions)

  // One request in five fails at first, so that the retry topics move, too.
  await setFaults(deployment, [
    { match: '/(pokemon|type|ability)/\\d*[05]/$', kind: 'status', status: 503, times: 400 },
  ])
  const openRuns = async () =>
    Number((await sql(deployment, 'select count(*)::int as n from pokepedia_runs where finished_at is null'))[0]?.['n'])
  const seen = { exact: 0, moving: 0 }
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    if ((await openRuns()) === 0) await post(deployment, '{"force":true}')
    await delay(Math.random() * 1_000)
    const before = await ours()
    const kafkas = await printed()
    const { exact, moving } = assertBetween(before, kafkas, await ours())
    seen.exact += exact
    seen.moving += moving
  }
  console.log(`${seen.exact} cells that stood still were equal, ${seen.moving} moved and lay between`)
  assert.ok(seen.moving > MOMENTS, 'there was no load')

  await until('the end of the runs', openRuns, (open) => open === 0, 300_000)
  const kafkas = await printed()
  const from = new Date().toISOString()
  const status = async () =>
    statusSchema.parse(await (await fetch(`${deployment.stack.services.metrics.url}/v1/status`)).json())
  const { partitions } = await until('a reading', status, ({ lagMeasuredAt }) => lagMeasuredAt > from)
  for (const { group, topic, partition, currentOffset, endOffset, lag } of partitions)
    assert.deepEqual(
      { current: currentOffset, end: endOffset, lag },
      kafkas.get(`${group} ${topic} ${partition}`),
      `${group} ${topic} ${partition}`,
    )
})

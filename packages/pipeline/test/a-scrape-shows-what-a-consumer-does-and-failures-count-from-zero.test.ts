import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import { parseRetryTiers } from '@pokepedia/events'
import { Registry } from 'prom-client'
import { feed, freshQueue, start } from './support.ts'

const tiers = parseRetryTiers('200ms,1s')
const CONCURRENCY = 8

/** The value of a series; undefined when there is no such series. */
const seriesOf = async (
  registry: Registry,
  name: string,
  labels: Record<string, string>,
  suffix = '',
): Promise<number | undefined> => {
  const metric = await registry.getSingleMetric(`pokepedia_${name}`)?.get()
  return metric?.values.find(
    (value) =>
      (!('metricName' in value) || value.metricName === `pokepedia_${name}${suffix}`) &&
      Object.entries(labels).every(([label, is]) => value.labels[label] === is),
  )?.value
}

/** Scrapes until a series has the value. */
const becomes = async (value: number, read: () => Promise<number | undefined>): Promise<void> => {
  let seen = await read()
  for (const end = Date.now() + 20_000; seen !== value && Date.now() < end; seen = await read()) await delay(20)
  assert.equal(seen, value)
}

test('a scrape says what is in work, for how long, and what waits behind it to be committed', async () => {
  const queue = await freshQueue(tiers, 1)
  const registry = new Registry()
  let release = (): void => undefined
  const stuck = new Promise<void>((resolve) => {
    release = resolve
  })
  await using _consumer = await start(queue, {
    tiers,
    registry,
    concurrency: CONCURRENCY,
    handler: async ({ id }) => {
      if (id === '0') await stuck
      return 'stored'
    },
  })
  const read = (name: string) => seriesOf(registry, name, { group: queue.group })
  assert.equal(await read('records_in_flight'), 0)
  assert.equal(await read('oldest_in_flight_age_seconds'), 0)
  // One of the places is kept for the retries.
  assert.equal(await read('in_flight_limit'), CONCURRENCY - 1)

  await feed(queue, ['0', '1', '2', '3', '4'])
  await becomes(4, () => read('uncommitted_finished_records'))
  assert.equal(await read('records_in_flight'), 1)
  const age = (await read('oldest_in_flight_age_seconds')) ?? 0
  assert.ok(age > 0 && age < 20, `it is ${age} s old`)

  release()
  await becomes(0, () => read('uncommitted_finished_records'))
  await becomes(0, () => read('records_in_flight'))
  assert.equal(await read('oldest_in_flight_age_seconds'), 0)
})

test('a failure of a known code counts from zero, so that an alert sees the first one', async () => {
  const queue = await freshQueue(tiers, 1)
  const registry = new Registry()
  const dead = () =>
    seriesOf(registry, 'dead_letters_total', { queue: queue.name, reason: 'permanent', code: 'image_invalid' })
  await using _consumer = await start(queue, {
    tiers,
    registry,
    handler: async () => {
      throw errors('image_invalid', 'no PNG')
    },
  })
  assert.equal(await dead(), 0)
  const zeros: [string, Record<string, string>][] = [
    ['dead_letters_total', { reason: 'attempts_exhausted', code: 'http_503' }],
    ['dead_letters_total', { reason: 'undecodable', code: 'undecodable' }],
    ['retries_total', { tier: '200ms', code: 'timeout' }],
    ['retries_total', { tier: '1s', code: 'http_503' }],
    ['errors_total', { stage: 'store', code: 'pg_unavailable' }],
    ['consumer_restarts_total', { group: queue.group, reason: 'kafka_unavailable' }],
    ['dead_letter_write_failures_total', { queue: queue.name }],
    ['breaker_transitions_total', { dependency: 'upstream', to: 'open' }],
  ]
  for (const [name, labels] of zeros)
    assert.equal(await seriesOf(registry, name, labels), 0, `${name} ${JSON.stringify(labels)}`)
  assert.equal(await seriesOf(registry, 'retries_total', { code: 'image_invalid' }), undefined, 'it is never retried')

  await feed(queue, ['0'])
  await becomes(1, dead)
})

test('a scrape says how long records wait, what each step takes and when the group last committed', async () => {
  const queue = await freshQueue(tiers, 1)
  const registry = new Registry()
  const counts = (name: string, labels: Record<string, string>) => seriesOf(registry, name, labels, '_count')
  let tries = 0
  await feed(queue, ['0'])
  await delay(150)
  await using _consumer = await start(queue, {
    tiers,
    registry,
    handler: async (_event, { stage }) => {
      tries += 1
      await stage('parse', () => delay(20))
      if (tries === 1) throw errors('timeout', 'too late')
      return stage('store', () => 'stored' as const)
    },
  })
  await becomes(1, () => counts('end_to_end_seconds', { queue: queue.name }))
  assert.equal(await counts('queue_wait_seconds', { queue: queue.name }), 2)
  const wait = await seriesOf(registry, 'queue_wait_seconds', { queue: queue.name }, '_sum')
  const way = await seriesOf(registry, 'end_to_end_seconds', { queue: queue.name }, '_sum')
  assert.ok(wait !== undefined && wait > 0.15, `waited ${wait} s`)
  // The way has the wait, both steps and the 200 ms of the retry.
  assert.ok(way !== undefined && way > 0.38, `${way} s from end to end`)
  for (const [group, stage, count] of [
    [queue.group, 'parse', 1],
    [queue.group, 'store', 0],
    [`${queue.group}.retry`, 'decode', 1],
    [`${queue.group}.retry`, 'parse', 1],
    [`${queue.group}.retry`, 'store', 1],
  ] as const)
    assert.equal(await counts('stage_duration_seconds', { group, stage }), count, `${stage} of ${group}`)

  for (const name of ['last_heartbeat_timestamp_seconds', 'last_commit_timestamp_seconds']) {
    const age = async () => Date.now() / 1_000 - ((await seriesOf(registry, name, { group: queue.group })) ?? 0)
    for (const end = Date.now() + 20_000; (await age()) > 60 && Date.now() < end; ) await delay(20)
    assert.ok((await age()) < 60, name)
  }
})

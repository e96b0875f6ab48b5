import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import { parseRetryTiers } from '@pokepedia/events'
import { openProducer } from '../src/index.ts'
import { client, deadLetters, encode, feed, freshQueue, lagOf, retries, start, until } from './support.ts'

const tiers = parseRetryTiers('300ms,900ms')

test('poison is parked once with a reason and untouched bytes, and what follows is processed', async () => {
  const queue = await freshQueue(tiers)
  const poison = [Buffer.from('garbage'), Buffer.from([0, 0, 0]), Buffer.alloc(1_000), null, Buffer.from('{"id":')]
  await using producer = await openProducer(client)
  const good = Array.from({ length: 50 }, (_, i) => `good-${i}`)
  const bad = poison.map((value, i) => ({ key: `bad-${i}`, value, headers: { own: String(i) } }))
  await producer.send(queue.name, [...bad, ...good.map((id) => ({ key: id, value: encode(id), headers: {} }))])

  const seen: string[] = []
  {
    await using _consumer = await start(queue, {
      tiers,
      handler: async ({ id }) => {
        seen.push(id)
        return 'stored'
      },
    })
    await until(
      '50 events',
      () => seen.length,
      () => seen.length >= good.length,
    )
  }
  assert.deepEqual(seen.toSorted(), good.toSorted())
  const parked = await deadLetters(queue)
  assert.equal(parked.length, poison.length)
  for (const copy of parked) {
    assert.deepEqual(copy.value, poison[Number(copy.headers['own'])])
    assert.equal(copy.headers['x-dead-reason'], 'undecodable')
    assert.equal(copy.headers['x-error-code'], 'undecodable')
    assert.equal(copy.headers['x-original-topic'], queue.name)
    assert.match(copy.headers['x-error-message'] ?? '', /no event/)
  }
  assert.equal(await lagOf(queue, tiers), 0)
})

test('an event that goes on failing takes every tier in time and then dies with its history', async () => {
  const queue = await freshQueue(tiers)
  await feed(queue, ['doomed'])
  const at: number[] = []
  {
    await using _consumer = await start(queue, {
      tiers,
      handler: async () => {
        at.push(Date.now())
        throw errors('http_429', `answer ${at.length}`, { httpStatus: 429 })
      },
    })
    await until(
      '3 attempts',
      () => at,
      () => at.length >= 3,
    )
    await until(
      'the dead letter',
      () => at,
      () => true,
    )
  }
  const [letter] = await deadLetters(queue)
  assert.equal(at.length, 3)
  assert.equal(letter?.headers['x-dead-reason'], 'attempts_exhausted')
  assert.equal(letter?.headers['x-attempt'], '3')
  assert.equal(letter?.headers['x-http-status'], '429')
  assert.equal(letter?.headers['x-original-topic'], queue.name)
  const [first = 0, second = 0, third = 0] = at
  assert.ok(second - first >= 300 && second - first <= 300 * 1.1 + 250, `first retry after ${second - first} ms`)
  assert.ok(third - second >= 900 && third - second <= 900 * 1.1 + 250, `second retry after ${third - second} ms`)
})

test('an event that succeeds on a retry is dead nowhere', async () => {
  const queue = await freshQueue(tiers)
  await feed(queue, ['a', 'b', 'c'])
  const attempts: number[] = []
  {
    await using _consumer = await start(queue, {
      tiers,
      handler: async (_, { delivery }) => {
        attempts.push(delivery.attempt)
        if (delivery.attempt === 1) throw errors('timeout', 'slow')
        return 'stored'
      },
    })
    await until(
      '6 deliveries',
      () => attempts,
      () => attempts.length >= 6,
    )
  }
  assert.deepEqual(attempts.toSorted(), [1, 1, 1, 2, 2, 2])
  assert.equal((await deadLetters(queue)).length, 0)
  assert.equal(await lagOf(queue, tiers), 0)
})

test('a stuck event moves to a retry tier at its deadline and holds up nobody', async () => {
  const queue = await freshQueue(tiers, 1)
  await feed(queue, ['stuck', ...Array.from({ length: 30 }, (_, i) => String(i))])
  const done: string[] = []
  {
    await using _consumer = await start(queue, {
      tiers,
      deadlineMs: 400,
      handler: async ({ id }, { delivery }) => {
        if (id === 'stuck' && delivery.attempt === 1) await new Promise(() => undefined)
        done.push(id)
        return 'stored'
      },
    })
    await until(
      '31 events',
      () => done,
      () => done.length >= 31,
    )
  }
  assert.equal(done.at(-1), 'stuck')
  const [copy] = await retries(queue, tiers)
  assert.equal(copy?.headers['x-error-code'], 'deadline')
})

test('an outage costs no attempt and makes no dead letter', async () => {
  const queue = await freshQueue(tiers)
  const ids = Array.from({ length: 100 }, (_, i) => String(i))
  await feed(queue, ids)
  const attempts: number[] = []
  let up = false
  const startedAt = Date.now()
  let backAt = 0
  {
    await using _consumer = await start(queue, {
      tiers,
      probes: {
        postgres: async () => {
          if (!up) throw errors('pg_unavailable', 'Postgres is down')
        },
      },
      handler: async (_, { delivery }) => {
        if (!up) throw errors('pg_unavailable', 'Postgres is down')
        attempts.push(delivery.attempt)
        return 'stored'
      },
    })
    await delay(Math.max(0, startedAt + 4_000 - Date.now()))
    assert.equal(attempts.length, 0)
    up = true
    backAt = Date.now()
    await until(
      '100 events',
      () => attempts.length,
      () => attempts.length >= ids.length,
    )
    assert.ok(Date.now() - backAt < 5_000, `work went on after ${Date.now() - backAt} ms`)
  }
  assert.deepEqual([...new Set(attempts)], [1])
  assert.equal((await deadLetters(queue)).length + (await retries(queue, tiers)).length, 0)
})

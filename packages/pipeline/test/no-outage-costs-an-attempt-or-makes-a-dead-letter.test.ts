import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Dependency, type ErrorCode, errors } from '@pokepedia/errors'
import { parseRetryTiers } from '@pokepedia/events'
import { Registry } from 'prom-client'
import { deadLetters, decode, feed, freshQueue, lagOf, retries, start, until } from './support.ts'

const tiers = parseRetryTiers('300ms,900ms')
const COUNT = 40
const ids = Array.from({ length: COUNT }, (_, i) => String(i))

/** A dependency that a test takes away and brings back. */
const createSwitch = () => {
  let isUp = true
  const self = {
    backAt: 0,
    take: () => {
      isUp = false
    },
    giveBack: () => {
      isUp = true
      self.backAt = Date.now()
    },
    use: (code: ErrorCode) => {
      if (!isUp) throw errors(code, 'it is away')
    },
    probe: async () => {
      if (!isUp) throw errors('timeout', 'no answer')
    },
  }
  return self
}

interface Case {
  readonly dependency: Dependency
  readonly code: ErrorCode
  readonly isDecoding?: boolean
}

const cases: readonly Case[] = [
  { dependency: 'upstream', code: 'upstream_unavailable' },
  { dependency: 'upstream', code: 'timeout' },
  { dependency: 'upstream', code: 'reset' },
  { dependency: 'upstream', code: 'http_503' },
  { dependency: 'postgres', code: 'pg_unavailable' },
  { dependency: 'object_store', code: 's3_unavailable' },
  { dependency: 'kafka', code: 'kafka_unavailable' },
  { dependency: 'registry', code: 'registry_unavailable', isDecoding: true },
  { dependency: 'postgres', code: 'deadline' },
]

const outage = async ({ dependency, code, isDecoding = false }: Case): Promise<void> => {
  const queue = await freshQueue(tiers)
  const registry = new Registry()
  const it = createSwitch()
  const attempts: number[] = []
  let tried = 0
  const use = (): void => {
    tried += 1
    it.use(code)
  }
  it.take()
  await feed(queue, ids)
  await using consumer = await start(queue, {
    tiers,
    registry,
    probes: { [dependency]: it.probe },
    decode: async (value) => {
      if (isDecoding) use()
      return decode(value)
    },
    handler: async (_, { delivery }) => {
      if (!isDecoding) use()
      attempts.push(delivery.attempt)
      return 'stored'
    },
  })
  await until(
    'the breaker',
    () => consumer.breakers(),
    () => consumer.breakers().some((breaker) => breaker.open),
  )
  const triedAtOpening = tried
  await delay(1_500)
  assert.ok(tried - triedAtOpening <= 16, `${tried - triedAtOpening} events failed while the breaker was open`)
  const text = await registry.metrics()
  assert.match(text, new RegExp(`pokepedia_breaker_state\\{dependency="${dependency}",state="open"\\} 1`))
  assert.match(text, /pokepedia_paused_partitions\{queue="[^"]+",group="[^"]+group",reason="breaker"\} 2/)
  assert.equal(consumer.breakers()[0]?.code, code)
  it.giveBack()
  await until(
    'all events',
    () => attempts.length,
    () => attempts.length >= COUNT,
  )
  assert.ok(Date.now() - it.backAt < 5_000, `work went on after ${Date.now() - it.backAt} ms`)
  assert.deepEqual([...new Set(attempts)], [1])
  await consumer[Symbol.asyncDispose]()
  assert.equal((await deadLetters(queue)).length + (await retries(queue, tiers)).length, 0)
  assert.equal(await lagOf(queue, tiers), 0)
}

test('while a dependency is away events wait, and all are handled at their first attempt', {
  concurrency: 3,
}, async (t) => {
  await Promise.all(cases.map((one) => t.test(`${one.dependency}, seen as ${one.code}`, () => outage(one))))
})

test('a dead letter whose note the ledger could not take at first is on the topic once', async () => {
  const queue = await freshQueue(tiers)
  const it = createSwitch()
  let noted = 0
  it.take()
  await feed(queue, ['poison', ...ids])
  const done: string[] = []
  await using consumer = await start(queue, {
    tiers,
    probes: { postgres: it.probe },
    onDead: async () => {
      it.use('pg_unavailable')
      noted += 1
    },
    handler: async ({ id }) => {
      if (id === 'poison') throw errors('image_invalid', 'no image')
      done.push(id)
      return 'stored'
    },
  })
  await until(
    'the breaker',
    () => consumer.breakers(),
    () => consumer.breakers().some(({ open }) => open),
  )
  it.giveBack()
  await until(
    'the note and all others',
    () => [noted, done.length],
    () => noted === 1 && done.length === COUNT,
  )
  await consumer[Symbol.asyncDispose]()
  assert.equal((await deadLetters(queue)).length, 1)
  assert.equal(noted, 1)
  assert.equal(await lagOf(queue, tiers), 0)
})

test('an event that no dependency can help takes its tiers, dies, and holds up nobody', async () => {
  const queue = await freshQueue(tiers, 1)
  const it = createSwitch()
  await feed(queue, ['stuck', ...ids])
  const done: string[] = []
  let tries = 0
  await using consumer = await start(queue, {
    tiers,
    probes: { object_store: it.probe },
    handler: async ({ id }) => {
      if (id === 'stuck') {
        tries += 1
        throw errors('s3_unavailable', 'the store answers 500 for this object')
      }
      done.push(id)
      return 'stored'
    },
  })
  await until(
    'all others',
    () => done.length,
    () => done.length === COUNT,
    3_000,
  )
  assert.ok(consumer.breakers().every(({ open }) => !open))
  await until(
    'three attempts with three repeats each',
    () => tries,
    () => tries === 3 * 4,
  )
  await consumer[Symbol.asyncDispose]()
  const [letter, ...more] = await deadLetters(queue)
  assert.equal(more.length, 0)
  assert.equal(letter?.key, 'stuck')
  assert.equal(letter?.headers['x-dead-reason'], 'attempts_exhausted')
  assert.equal(letter?.headers['x-error-code'], 's3_unavailable')
  assert.equal(letter?.headers['x-attempt'], '3')
  assert.equal((await retries(queue, tiers)).length, 2)
  assert.equal(await lagOf(queue, tiers), 0)
})

test('an event that waits for its turn waits without an attempt, however long', async () => {
  const queue = await freshQueue(tiers)
  await feed(queue, ['patient'])
  const attempts: number[] = []
  let turns = 0
  await using consumer = await start(queue, {
    tiers,
    probes: { upstream: async () => undefined },
    handler: async (_, { delivery }) => {
      turns += 1
      if (turns < 8) throw errors('host_budget', 'the budget is used up')
      attempts.push(delivery.attempt)
      return 'stored'
    },
  })
  await until(
    'its turn',
    () => turns,
    () => attempts.length === 1,
  )
  await consumer[Symbol.asyncDispose]()
  assert.deepEqual(attempts, [1])
  assert.equal((await retries(queue, tiers)).length, 0)
})

test('a stop while a breaker is open ends at once and leaves the events to the next', async () => {
  const queue = await freshQueue(tiers)
  const it = createSwitch()
  it.take()
  await feed(queue, ids)
  const done: string[] = []
  const open = () =>
    start(queue, {
      tiers,
      probes: { postgres: it.probe },
      handler: async ({ id }) => {
        it.use('pg_unavailable')
        done.push(id)
        return 'stored'
      },
    })
  const first = await open()
  await until(
    'the breaker',
    () => first.breakers(),
    () => first.breakers().some((breaker) => breaker.open),
  )
  const stoppingAt = Date.now()
  await first[Symbol.asyncDispose]()
  assert.ok(Date.now() - stoppingAt < 2_000, `the stop took ${Date.now() - stoppingAt} ms`)
  it.giveBack()
  await using second = await open()
  await until(
    'all events',
    () => done.length,
    () => done.length === COUNT,
  )
  await second[Symbol.asyncDispose]()
  assert.equal(await lagOf(queue, tiers), 0)
})

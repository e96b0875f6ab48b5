import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { parseRetryTiers } from '@pokepedia/events'
import { feed, freshQueue, lagOf, retries, start, until } from './support.ts'

const tiers = parseRetryTiers('1s')
const CONCURRENCY = 8

test('a member joining and one leaving lose nothing and repeat at most what is in flight', async () => {
  const queue = await freshQueue(tiers, 4)
  const ids = Array.from({ length: 2_000 }, (_, i) => String(i))
  const handled: string[] = []
  const handler = async ({ id }: { id: string }): Promise<'stored'> => {
    await delay(5)
    handled.push(id)
    return 'stored'
  }
  await feed(queue, ids)
  const first = await start(queue, { tiers, concurrency: CONCURRENCY, handler })
  await until(
    'a third of the events',
    () => handled.length,
    () => handled.length > 600,
  )
  const second = await start(queue, { tiers, concurrency: CONCURRENCY, handler })
  await until(
    'half of the events',
    () => handled.length,
    () => handled.length > 1_000,
  )
  await first[Symbol.asyncDispose]()
  await until(
    'all events',
    () => handled.length,
    () => new Set(handled).size === ids.length,
  )
  // What the first handled and could not commit in the rebalance comes again.
  let lag = await lagOf(queue, tiers)
  for (const end = Date.now() + 20_000; lag > 0 && Date.now() < end; lag = await lagOf(queue, tiers)) await delay(100)
  await second[Symbol.asyncDispose]()

  assert.equal(lag, 0)
  // A join revokes what is in flight and what finished since the last commit (every 500 ms).
  const repeated = handled.length - ids.length
  assert.ok(repeated <= 2 * (CONCURRENCY + (500 / 5) * CONCURRENCY), `${repeated} events came twice`)
})

test('a member that always has work shares it as soon as another joins', async () => {
  const queue = await freshQueue(tiers, 2)
  // One fetch has them all, and no record of it waits for long: the batch lasts for ten seconds.
  const ids = Array.from({ length: 5_000 }, (_, i) => String(i))
  await feed(queue, ids)
  const handledBy = { first: 0, second: 0 }
  const startAs = (name: keyof typeof handledBy) =>
    start(queue, {
      tiers,
      concurrency: CONCURRENCY,
      handler: async () => {
        await delay(15)
        handledBy[name] += 1
        return 'stored'
      },
    })
  await using _first = await startAs('first')
  const seen = (): object => handledBy
  await until('the first hundred', seen, () => handledBy.first > 100)
  await using _second = await startAs('second')
  await until('an event of the second', seen, () => handledBy.second > 0, 60_000)
  assert.ok(handledBy.first < ids.length / 2, `the first had handled ${handledBy.first} of ${ids.length} by then`)
})

test('a stop finishes what is in flight, commits it and takes nothing more', async () => {
  const queue = await freshQueue(tiers, 2)
  const ids = Array.from({ length: 300 }, (_, i) => String(i))
  const handled: string[] = []
  const handler = async ({ id }: { id: string }): Promise<'stored'> => {
    await delay(20)
    handled.push(id)
    return 'stored'
  }
  await feed(queue, ids)
  const first = await start(queue, { tiers, concurrency: CONCURRENCY, handler })
  await until(
    '50 events',
    () => handled.length,
    () => handled.length > 50,
  )
  const stoppingAt = Date.now()
  await first[Symbol.asyncDispose]()
  assert.ok(Date.now() - stoppingAt < 10_000)
  const atStop = handled.length
  assert.equal(await lagOf(queue, tiers), ids.length - atStop, 'what was handled is committed, no more')

  const second = await start(queue, { tiers, concurrency: CONCURRENCY, handler })
  await until(
    'all events',
    () => handled.length,
    () => handled.length >= ids.length,
  )
  await second[Symbol.asyncDispose]()
  assert.deepEqual([handled.length, new Set(handled).size], [ids.length, ids.length])
})

test('a rebalance tells handlers to end at once, and what they finish after it is handled by the new owner', async () => {
  const queue = await freshQueue(tiers, 2)
  const ids = Array.from({ length: 20 }, (_, i) => String(i))
  await feed(queue, ids)
  const handled: string[] = []
  const abortedAt: number[] = []
  const late: (() => void)[] = []
  await using first = await start(queue, {
    tiers,
    concurrency: CONCURRENCY,
    handler: async ({ id }, { signal }) => {
      signal.addEventListener('abort', () => abortedAt.push(Date.now()), { once: true })
      // Deaf to its signal: it reports success when another already owns the event.
      await new Promise<void>((resolve) => late.push(resolve))
      if (!signal.aborted) handled.push(id)
      return 'stored'
    },
  })
  const places = CONCURRENCY - 1
  await until(
    'all places taken',
    () => late.length,
    () => late.length === places,
  )
  const joiningAt = Date.now()
  await using second = await start(queue, {
    tiers,
    concurrency: CONCURRENCY,
    handler: async ({ id }) => {
      handled.push(id)
      return 'stored'
    },
  })
  await until(
    'the abort of every handler',
    () => abortedAt.length,
    () => abortedAt.length >= places,
  )
  // A member hears of a rebalance by its next heartbeat, every second.
  const lastMs = Math.max(...abortedAt.slice(0, places)) - joiningAt
  assert.ok(lastMs < 4_000, `the last handler was told after ${lastMs} ms`)
  for (const finish of late.splice(0, places)) finish()
  await delay(1_000)
  const stoppingAt = Date.now()
  await first[Symbol.asyncDispose]()
  assert.ok(Date.now() - stoppingAt < 10_000, `the stop took ${Date.now() - stoppingAt} ms`)
  await until(
    'all events',
    () => handled,
    () => new Set(handled).size === ids.length,
  )
  await second[Symbol.asyncDispose]()
  assert.equal(await lagOf(queue, tiers), 0)
})

test('a stop gives back what is stuck within 10 s, commits what is not, and the next owner handles the rest', async () => {
  const queue = await freshQueue(tiers, 1)
  const ids = Array.from({ length: 6 }, (_, i) => String(i))
  const handled: string[] = []
  let release = (): void => undefined
  const stuck = new Promise<void>((resolve) => {
    release = resolve
  })
  const first = await start(queue, {
    tiers,
    deadlineMs: 60_000,
    concurrency: CONCURRENCY,
    handler: async ({ id }) => {
      // Deaf to its signal.
      if (id === '3') await stuck
      handled.push(id)
      return 'stored'
    },
  })
  await feed(queue, ids)
  await until(
    'all but the stuck one',
    () => handled,
    () => handled.length === ids.length - 1,
  )
  const stoppingAt = Date.now()
  await first[Symbol.asyncDispose]()
  const tookMs = Date.now() - stoppingAt
  assert.ok(tookMs < 10_000, `the stop took ${tookMs} ms`)
  assert.equal(await lagOf(queue, tiers), 3, 'what stands before the stuck one is committed, no more')
  assert.deepEqual(await retries(queue, tiers), [], 'no attempt is spent')
  release()

  const again: string[] = []
  await using _second = await start(queue, {
    tiers,
    handler: async ({ id }) => {
      again.push(id)
      return 'stored'
    },
  })
  await until(
    'what was given back',
    () => again,
    () => again.length >= 3,
  )
  assert.deepEqual(again.toSorted(), ['3', '4', '5'])
})

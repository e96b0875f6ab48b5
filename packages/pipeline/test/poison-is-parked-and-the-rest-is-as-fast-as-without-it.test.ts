import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, errors } from '@pokepedia/errors'
import { type DeadReason, parseRetryTiers, type Queue } from '@pokepedia/events'
import { type OutgoingRecord, openProducer } from '../src/index.ts'
import { client, deadLetters, encode, freshQueue, lagOf, start, until } from './support.ts'

const tiers = parseRetryTiers('200ms,400ms')
const COUNT = 10_000
const CONCURRENCY = 32
const HANDLED_IN_MS = 10
const DEADLINE_MS = 500

/** Poison by what the handler makes of it; `hangs` never ends. */
const failing: readonly (readonly [ErrorCode | 'hangs', DeadReason])[] = [
  ['image_invalid', 'permanent'],
  ['http_403', 'permanent'],
  ['body_too_large', 'permanent'],
  ['json_not_storable', 'permanent'],
  ['host_refused', 'permanent'],
  ['path_invalid', 'permanent'],
  ['redirect_refused', 'permanent'],
  ['object_refused', 'permanent'],
  ['not_json', 'attempts_exhausted'],
  ['json_invalid', 'attempts_exhausted'],
  ['http_500', 'attempts_exhausted'],
  ['timeout', 'attempts_exhausted'],
  ['s3_unavailable', 'attempts_exhausted'],
  ['pg_conflict', 'attempts_exhausted'],
  ['internal', 'attempts_exhausted'],
  ['hangs', 'attempts_exhausted'],
]
/** Poison by its bytes. */
const bytes: readonly (Buffer | null)[] = [
  null,
  Buffer.alloc(0),
  Buffer.from('garbage'),
  Buffer.from([0, 0, 0, 0, 7]),
  Buffer.from('{"id":'),
  Buffer.from([0xff, 0xfe, 0xfd]),
  Buffer.alloc(1_048_000),
]

interface Poison extends OutgoingRecord {
  readonly key: string
  readonly reason: DeadReason
}

const poison: readonly Poison[] = [
  ...failing.map(([code, reason]) => ({ key: `!${code}`, value: encode(`!${code}`), headers: {}, reason })),
  ...bytes.map((value, i) => ({ key: `bytes-${i}`, value, headers: {}, reason: 'undecodable' as const })),
]

const good: readonly OutgoingRecord[] = Array.from({ length: COUNT }, (_, i) => ({
  key: String(i),
  value: encode(String(i)),
  headers: {},
}))

/** The good ones with the poison spread evenly among them. */
const mixed = (): OutgoingRecord[] => {
  const every = Math.floor(COUNT / poison.length)
  return good.flatMap((record, i) => {
    const bad = i % every === 0 ? poison[i / every] : undefined
    return bad ? [{ key: bad.key, value: bad.value, headers: bad.headers }, record] : [record]
  })
}

const handlePoison = async (id: string): Promise<never> => {
  if (id === '!hangs') return await new Promise<never>(() => undefined)
  if (id === '!internal') throw new TypeError('a defect')
  const known = failing.find(([code]) => `!${code}` === id)?.[0]
  throw errors(known === undefined || known === 'hangs' ? 'internal' : known, 'poison')
}

interface Round {
  readonly queue: Queue
  /** Between the first and the last good event. */
  readonly tookMs: number
}

const round = async (records: readonly OutgoingRecord[], toTheEnd: boolean): Promise<Round> => {
  const queue = await freshQueue(tiers, 4)
  {
    await using producer = await openProducer(client)
    await producer.send(queue.name, records)
  }
  const seen = new Map<string, number>()
  let firstMs: number | undefined
  let lastMs = 0
  await using consumer = await start(queue, {
    tiers,
    concurrency: CONCURRENCY,
    deadlineMs: DEADLINE_MS,
    probes: Object.fromEntries(['upstream', 'postgres', 'object_store'].map((name) => [name, async () => undefined])),
    handler: async ({ id }) => {
      firstMs ??= performance.now()
      if (id.startsWith('!')) return handlePoison(id)
      await delay(HANDLED_IN_MS)
      seen.set(id, (seen.get(id) ?? 0) + 1)
      lastMs = performance.now()
      return 'stored'
    },
  })
  await until(
    'all good events',
    () => seen.size,
    () => seen.size === COUNT,
    60_000,
  )
  assert.ok(
    [...seen.values()].every((times) => times === 1),
    'a good event came twice',
  )
  if (toTheEnd) {
    const end = Date.now() + 30_000
    while ((await lagOf(queue, tiers)) > 0 && Date.now() < end) await delay(200)
    assert.equal(await lagOf(queue, tiers), 0)
    assert.ok(consumer.breakers().every(({ open }) => !open))
  }
  return { queue, tookMs: lastMs - (firstMs ?? 0) }
}

const assertParked = async (queue: Queue): Promise<void> => {
  const letters = await deadLetters(queue)
  assert.deepEqual(letters.map(({ key }) => key).toSorted(), poison.map(({ key }) => key).toSorted())
  for (const { key, value, headers } of letters) {
    const original = poison.find((one) => one.key === key)
    assert.deepEqual(value, original?.value, `${key}: other bytes`)
    assert.equal(headers['x-dead-reason'], original?.reason, key ?? '')
  }
}

/** The best of several rounds: other work on the machine only ever makes a round slower. */
const LEAST_ROUNDS = 2
const MOST_ROUNDS = 6
const SLOWEST = 1.1

test('among 10,000 good events each kind of poison is parked once, and the rest is no slower than without it', async (t) => {
  let without = Number.POSITIVE_INFINITY
  let withPoison = Number.POSITIVE_INFINITY
  for (let i = 0; i < MOST_ROUNDS && (i < LEAST_ROUNDS || !(withPoison < SLOWEST * without)); i += 1) {
    without = Math.min(without, (await round(good, false)).tookMs)
    const { queue, tookMs } = await round(mixed(), i === 0)
    withPoison = Math.min(withPoison, tookMs)
    t.diagnostic(`${Math.round(without)} ms without poison, ${Math.round(tookMs)} ms with it`)
    if (i === 0) await assertParked(queue)
  }
  assert.ok(withPoison < SLOWEST * without, `${withPoison / without} times as long with poison`)
})

import { setTimeout as delay } from 'node:timers/promises'
import { type EventProducer, type KafkaAdmin, type KafkaClient, readRecords } from '@pokepedia/pipeline'
import { killPoint, type Log, type Repeating, repeat } from '@pokepedia/service'
import {
  advanceRedrives,
  asOnlyRedriver,
  type LetterToSend,
  nextRedrive,
  noteSent,
  type PartitionEnds,
  prepareBatch,
  type Query,
  type RedriveBatch,
  type Store,
  unfinishedBatch,
} from '@pokepedia/storage'
import { createReadBack, paceOf, redrivenRecord } from './batch.ts'

export interface RedrivingOptions {
  readonly client: KafkaClient
  readonly admin: KafkaAdmin
  readonly producer: EventProducer
  readonly store: Store
  readonly log: Log
}

const LOOK_EVERY_MS = 1_000
/** What a dead sender had handed to the network stands in the topic by then, or never will. */
const ARRIVED_MS = 2_000

const endsOf = async (admin: KafkaAdmin, topic: string): Promise<PartitionEnds> =>
  Object.fromEntries((await admin.ranges(topic)).map(({ partition, end }) => [partition, end]))

/** The letters of a batch that its dead sender did not send, by what stands in the queue since. */
const notSent = async ({ client, admin }: RedrivingOptions, batch: RedriveBatch): Promise<LetterToSend[]> => {
  await delay(ARRIVED_MS)
  const ranges = (await admin.ranges(batch.queue)).map(({ partition, start, end }) => {
    const before = batch.ends[partition] ?? '0'
    // Retention may have passed it.
    return { partition, start: BigInt(before) > BigInt(start) ? before : start, end }
  })
  const readBack = createReadBack(batch)
  await readRecords(client, batch.queue, ranges, readBack.take)
  return readBack.missing()
}

const send = async (
  { producer }: RedrivingOptions,
  { redriveId, queue }: RedriveBatch,
  letters: readonly LetterToSend[],
): Promise<void> => {
  if (letters.length > 0)
    await producer.send(
      queue,
      letters.map((letter) => redrivenRecord(redriveId, letter)),
    )
  killPoint('redrive_acked')
}

/** Finishes the batch that a sender left behind; each of its letters is sent once. */
const finishBatch = async (options: RedrivingOptions, query: Query): Promise<void> => {
  const batch = await unfinishedBatch(query)
  if (!batch) return
  const letters = await notSent(options, batch)
  await send(options, batch, letters)
  await noteSent(query, batch)
  const { redriveId, letters: all } = batch
  const facts = { event: 'redrive.resumed', redrive_id: redriveId, letters: all.length, sent: letters.length }
  options.log.info(facts, `${all.length - letters.length} of ${all.length} letters had been sent`)
}

/** Sends the next letters; resolves to the time until the next batch, or to undefined when all is sent. */
const sendBatch = async (options: RedrivingOptions, query: Query): Promise<number | undefined> => {
  const next = await nextRedrive(query)
  if (!next) return undefined
  const { redriveId, queue, rate } = next
  const { letters: limit, everyMs } = paceOf(rate)
  const batch = await prepareBatch(query, { redriveId, queue, limit, ends: await endsOf(options.admin, queue) })
  // Cancelled in between.
  if (!batch) return 0
  killPoint('redrive_prepared')
  await send(options, batch, batch.letters)
  await noteSent(query, batch)
  return everyMs
}

/**
 * Sends the letters of redrives back to their queues, one batch after the other, in one process at a time. Exactly
 * once over a kill: a batch is noted with the ends of its queue before it is sent, and whoever finds one that was not
 * noted as sent reads the queue from there. Dispose to stop after the batch in hand.
 */
export const startRedriving = (options: RedrivingOptions): Repeating => {
  const { store, log } = options
  const stopping = new AbortController()
  const ask: Query = (text, values) => store.query('looking for redrives', text, values)
  const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined)

  const sendAll = async (query: Query): Promise<void> => {
    await finishBatch(options, query)
    while (!stopping.signal.aborted) {
      const startedMs = performance.now()
      const everyMs = await sendBatch(options, query)
      if (everyMs === undefined) return
      await advanceRedrives(store)
      await wait(Math.max(0, everyMs - (performance.now() - startedMs)))
    }
  }

  const work = async (): Promise<void> => {
    if ((await unfinishedBatch(ask)) || (await nextRedrive(ask))) await asOnlyRedriver(store, sendAll)
    await advanceRedrives(store)
  }

  const looking = repeat('redriving dead letters', LOOK_EVERY_MS, work, log)
  return {
    failed: looking.failed,
    wake: looking.wake,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await looking[Symbol.asyncDispose]()
    },
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import { attemptOf, type Headers, notBeforeOf } from '@pokepedia/events'
import type { Consumer, EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import { createAssignment, type Owned, type PauseReason } from './assignment.ts'
import { commitFinished } from './commits.ts'
import { type KafkaClient, kafkaError } from './kafka.ts'
import { createKeyOrder } from './key-order.ts'
import { createPauses } from './pauses.ts'
import type { SourceRecord } from './process-record.ts'
import { createSlots } from './slots.ts'

export interface GroupReaderOptions {
  readonly client: KafkaClient
  readonly groupId: string
  /** Every member of a group must read the same topics: the leader assigns by its own subscription. */
  readonly topics: readonly string[]
  /** Records handled side by side. */
  readonly concurrency: number
  /** How long a fetch waits for data, milliseconds; also the longest a resume can be late. */
  readonly maxWaitMs: number
  /** Handles a record to its end; resolves to false when it must be read again by the next owner. Rejects when fatal. */
  readonly handle: (record: SourceRecord) => Promise<boolean>
  readonly onAssigned: () => void
  readonly onInFlight: (count: number) => void
  /** A record whose time had come was taken `errorMs` late. */
  readonly onFired: (topic: string, errorMs: number) => void
}

/** One consumer group member whose records are handled side by side and committed as a contiguous prefix. */
export interface GroupReader {
  pauseAll(reason: PauseReason): void
  resumeAll(reason: PauseReason): void
  /** True from joining the group until a rebalance begins. */
  readonly joined: boolean
  /** Rejects when the reader can't go on. */
  readonly failed: Promise<never>
  /** Takes nothing more, waits for the work in hand up to the deadline, commits, leaves the group. */
  stop(drainMs: number): Promise<void>
}

const COMMIT_EVERY_MS = 500
/** How long a stop waits for the last commit and the farewell to the group; without brokers neither comes to an end. */
const LEAVE_MS = 1_000
const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_EVERY_MS = 1_000
/** Past this distance between the oldest unfinished record and the newest taken one, a partition takes no more. */
const LONGEST_WINDOW = 2_000

const headerText = (value: IHeaders[string]): string => {
  const last = Array.isArray(value) ? value.at(-1) : value
  return last === undefined ? '' : last.toString('utf8')
}

const recordOf = (topic: string, partition: number, message: KafkaMessage): SourceRecord => {
  const headers: Headers = Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, headerText(value)]),
  )
  const delivery = {
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString('utf8') ?? null,
    headers,
    attempt: attemptOf(headers),
  }
  return { delivery, key: message.key, value: message.value, timestamp: message.timestamp }
}

export const openGroupReader = async (options: GroupReaderOptions): Promise<GroupReader> => {
  const { client, groupId, topics } = options
  const { log } = client
  const consumer: Consumer = client.patientKafka.consumer({
    groupId,
    retry: { retries: Number.MAX_SAFE_INTEGER },
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_EVERY_MS,
    rebalanceTimeout: 15_000,
    maxWaitTimeInMs: options.maxWaitMs,
    allowAutoTopicCreation: false,
  })
  const slots = createSlots(options.concurrency)
  const order = createKeyOrder()
  const assignment = createAssignment()
  const pauses = createPauses(consumer, assignment)
  const stopping = new AbortController()
  let fail: (reason: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  let joined = false

  const isFull = ({ window }: Owned): boolean => window.inFlight + window.finishedBehindGap >= LONGEST_WINDOW

  const work = async (owned: Owned, record: SourceRecord): Promise<void> => {
    const { delivery } = record
    try {
      const key = delivery.key ?? `${delivery.topic}/${delivery.partition}/${delivery.offset}`
      await order.run(key, async () => {
        if (await options.handle(record)) owned.window.finish(BigInt(delivery.offset))
      })
      if (!isFull(owned)) pauses.release(owned, 'backpressure')
    } catch (error) {
      fail(error)
    } finally {
      slots.give()
      options.onInFlight(slots.taken)
    }
  }

  const takeSlot = async (heartbeat: () => Promise<void>): Promise<boolean> => {
    const slot = slots.take(stopping.signal)
    // The group would take a silent member for dead; a rebalance makes heartbeat throw, and the slot is given back.
    for (;;) {
      const taken = await Promise.race([slot, delay(HEARTBEAT_EVERY_MS, 'waiting' as const, { ref: false })])
      if (taken !== 'waiting') return taken
      try {
        await heartbeat()
      } catch (error) {
        void slot.then((got) => got && slots.give())
        throw error
      }
    }
  }

  const eachBatch = async ({
    batch,
    heartbeat,
    resolveOffset,
    isRunning,
    isStale,
  }: EachBatchPayload): Promise<void> => {
    const owned = assignment.find(batch.topic, batch.partition)
    if (!owned) return
    const current = (): boolean => owned.epoch === assignment.epoch && isRunning() && !isStale()
    for (const message of batch.messages) {
      if (!current() || stopping.signal.aborted) return
      const record = recordOf(batch.topic, batch.partition, message)
      if (pauses.all) return consumer.seek({ topic: batch.topic, partition: batch.partition, offset: message.offset })
      if (isFull(owned)) return pauses.hold(owned, 'backpressure', message.offset)
      const dueMs = notBeforeOf(record.delivery.headers)
      if (dueMs !== undefined && dueMs > Date.now()) return pauses.holdUntil(owned, message.offset, dueMs)
      if (!(await takeSlot(heartbeat))) return
      if (!current()) return slots.give()
      if (dueMs !== undefined) options.onFired(batch.topic, Date.now() - dueMs)
      owned.window.accept(BigInt(message.offset))
      resolveOffset(message.offset)
      options.onInFlight(slots.taken)
      void work(owned, record)
    }
    await heartbeat()
  }

  const commit = async (): Promise<void> => {
    if (joined) await commitFinished(consumer, assignment, log)
  }

  const leave = async (): Promise<void> => {
    await commit()
    assignment.revoke()
    await consumer.disconnect()
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assignment.replace(payload.memberAssignment)
    joined = true
    for (const owned of assignment.all()) pauses.apply(owned)
    options.onAssigned()
    log.info({ event: 'group.joined', group: groupId, assigned: payload.memberAssignment }, 'joined the group')
  })
  consumer.on(consumer.events.REBALANCING, () => {
    joined = false
    assignment.revoke()
    log.info({ event: 'group.rebalanced', group: groupId }, 'the group is rebalancing')
  })
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    joined = false
    log.warn({ event: 'consumer.crashed', group: groupId, restart, err: error }, error.message)
    // Without this the process would live on and read nothing for ever.
    if (!restart) fail(kafkaError(`the consumer of ${groupId} stopped`, error))
  })
  failed.catch(() => undefined)

  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64,
      eachBatch,
    })
  } catch (cause) {
    await consumer.disconnect().catch((error: unknown) => log.debug({ err: error }, 'disconnect failed'))
    throw kafkaError(`the consumer of ${groupId} could not start`, cause)
  }
  const committer = setInterval(() => void commit(), COMMIT_EVERY_MS)

  return {
    pauseAll: pauses.holdAll,
    resumeAll: pauses.releaseAll,
    get joined() {
      return joined
    },
    failed,
    async stop(drainMs) {
      pauses.holdAll('stopping')
      stopping.abort(errors('internal', 'stopping'))
      await Promise.race([slots.idle(), delay(drainMs, undefined, { ref: false })])
      clearInterval(committer)
      await Promise.race([leave(), delay(LEAVE_MS, undefined, { ref: false })])
    },
  }
}

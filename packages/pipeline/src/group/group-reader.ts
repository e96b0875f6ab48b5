import { setTimeout as delay } from 'node:timers/promises'
import type { ErrorCode } from '@pokepedia/errors'
import type { Consumer } from 'kafkajs'
import { type KafkaClient, kafkaError } from '../client/kafka.ts'
import { createAssignment, type PauseReason } from './assignment.ts'
import { commitFinished } from './commits.ts'
import { createMembership } from './membership.ts'
import { createPauses } from './pauses.ts'
import type { Slots } from './slots.ts'
import { HEARTBEAT_EVERY_MS, isFull, takingOf } from './taking.ts'
import { createWorking, type Handle } from './working.ts'

/**
 * How long a fetch waits for data that is taken as it comes, milliseconds. A new record ends the wait, so it costs no
 * latency; a stop has to outlast it to say farewell.
 */
export const STEADY_WAIT_MS = 500
/**
 * How much of a partition is fetched at once, in bytes. kafkajs makes objects of all that it fetched, which take about
 * twelve times its bytes and live until the last one is taken: with kafkajs's own 1 MiB an ingestor held 65 MB more of a
 * backlog on six partitions. What waits for its time is fetched and thrown away again and again.
 */
const PARTITION_BYTES = 128 * 1024

export interface GroupReaderOptions {
  readonly client: KafkaClient
  readonly group: string
  /** Every member of a group must read the same topics: the leader assigns by its own subscription. */
  readonly topics: readonly string[]
  /** Places for records that are handled side by side. */
  readonly slots: Slots
  /** How long a fetch waits for data, milliseconds; also the longest a resume can be late. */
  readonly maxWaitMs: number
  readonly handle: Handle
  /** Takes nothing from the first moment on, until `resumeAll('operator')`. */
  readonly heldByOperator: boolean
  readonly onAssigned: () => void
  /** The Kafka client gave up and begins anew. */
  readonly onRestart: (reason: ErrorCode) => void
  /** A record whose time had come was taken `errorMs` late. */
  readonly onFired: (topic: string, errorMs: number) => void
  /** How long records of a topic wait at most, in ms. */
  readonly longestWaitMs: (topic: string) => number
}

/** One consumer group member whose records are handled side by side and committed as a contiguous prefix. */
export interface GroupReader {
  readonly group: string
  /** Records in work, and the most there may be. */
  readonly slots: Slots
  pauseAll(reason: PauseReason): void
  resumeAll(reason: PauseReason): void
  /** The partitions that this member owns, by topic. */
  partitions(): Record<string, number[]>
  /** Partitions that stand still for this reason. */
  paused(reason: PauseReason): number
  oldestAgeMs(): number
  /** Records that are finished and wait behind an unfinished one to be committed. */
  finishedBehindGap(): number
  /** True from joining the group until a rebalance begins. */
  readonly joined: boolean
  /** When the coordinator last heard of this member, and last took a commit of it; epoch milliseconds. */
  readonly heartbeatAtMs: number | undefined
  readonly committedAtMs: number | undefined
  /** Rejects when the reader can't go on. */
  readonly failed: Promise<never>
  /**
   * Takes nothing more, lets waiting records leave, waits for the work in hand up to the deadline and commits it; what
   * is left is told to end and given a second. Then leaves the group.
   */
  stop(drainMs: number): Promise<void>
}

const COMMIT_EVERY_MS = 500
/** How long a stop waits for the last commit, and then for the farewell to the group; without brokers neither ends. */
const LEAVE_MS = 1_000
/**
 * While the group assigns anew the broker hears a farewell only after that. A member that goes without one holds up the
 * others for the session timeout.
 */
const LEAVE_WHILE_JOINING_MS = 5_000
/** By contract a stop takes 10 s at most. */
const STOP_MS = 9_500
/** The partitions of a member that was killed stand still for so long, and for about two seconds of joining. */
const SESSION_TIMEOUT_MS = 7_000

const openConsumer = ({ client, group, maxWaitMs }: GroupReaderOptions): Consumer =>
  client.patientKafka.consumer({
    groupId: group,
    retry: { retries: Number.MAX_SAFE_INTEGER },
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_EVERY_MS,
    rebalanceTimeout: 15_000,
    maxWaitTimeInMs: maxWaitMs,
    maxBytesPerPartition: PARTITION_BYTES,
    allowAutoTopicCreation: false,
  })

/** Joins the group and begins to read. Throws `kafka_unavailable` or `kafka_config`. */
export const openGroupReader = async (options: GroupReaderOptions): Promise<GroupReader> => {
  const { group, slots } = options
  const { log } = options.client
  const consumer = openConsumer(options)
  const assignment = createAssignment()
  const pauses = createPauses(consumer, assignment)
  if (options.heldByOperator) pauses.holdAll('operator')
  const onJoined = (): void => {
    for (const owned of assignment.all()) pauses.apply(owned)
    options.onAssigned()
  }
  const membership = createMembership({ consumer, group, assignment, onJoined, onRestart: options.onRestart, log })
  const working = createWorking({
    handle: options.handle,
    slots,
    ended: (owned) => {
      if (!isFull(owned)) pauses.release(owned, 'backpressure')
    },
    failed: membership.fail,
  })
  const eachBatch = takingOf({
    consumer,
    assignment,
    pauses,
    slots,
    working,
    fired: options.onFired,
    longestWaitMs: options.longestWaitMs,
  })

  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64,
      eachBatch,
    })
  } catch (cause) {
    await consumer
      .disconnect()
      .catch((error: unknown) => log.debug({ event: 'consumer.close_failed', err: error }, 'disconnect failed'))
    throw kafkaError(`the consumer of ${group} could not start`, cause)
  }
  let committedAtMs: number | undefined
  const commit = async (): Promise<void> => {
    if (membership.joined && (await commitFinished(consumer, assignment, log))) committedAtMs = Date.now()
  }
  const committer = setInterval(() => void commit(), COMMIT_EVERY_MS)
  const within = (ms: number, ending: Promise<unknown>): Promise<unknown> =>
    Promise.race([ending, delay(ms, undefined, { ref: false })])

  return {
    group,
    slots,
    pauseAll: pauses.holdAll,
    resumeAll: pauses.releaseAll,
    partitions() {
      const owned: Record<string, number[]> = {}
      for (const { topic, partition } of assignment.all()) owned[topic] = [...(owned[topic] ?? []), partition]
      return owned
    },
    paused: pauses.count,
    oldestAgeMs: working.oldestAgeMs,
    finishedBehindGap: () => assignment.all().reduce((sum, { window }) => sum + window.finishedBehindGap, 0),
    get joined() {
      return membership.joined
    },
    get heartbeatAtMs() {
      return membership.heartbeatAtMs
    },
    get committedAtMs() {
      return committedAtMs
    },
    failed: membership.failed,
    async stop(drainMs) {
      const startedMs = performance.now()
      pauses.holdAll('stopping')
      assignment.leave()
      await within(drainMs, slots.idle())
      clearInterval(committer)
      await within(LEAVE_MS, commit())
      assignment.revoke()
      const leftMs = STOP_MS - (performance.now() - startedMs)
      const leaveMs = membership.joined ? LEAVE_MS : Math.min(LEAVE_WHILE_JOINING_MS, leftMs)
      await within(leaveMs, Promise.all([slots.idle(), consumer.disconnect()]))
    },
  }
}

import { classify, errors, messageOf } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import type { KafkaClient } from '../client/kafka.ts'
import type { SourceRecord } from '../client/source-record.ts'
import { pause } from '../handling/bounded.ts'
import { openGroupReader, STEADY_WAIT_MS } from './group-reader.ts'
import { createSharedSlots } from './slots.ts'

export interface FollowOptions {
  readonly client: KafkaClient
  readonly group: string
  readonly topics: readonly string[]
  /** Takes in one record; records come more than once, and up to 16 at the same time. */
  readonly take: (record: SourceRecord) => Promise<void>
  readonly log: Log
}

/** A group that reads topics to keep something up to date. */
export interface Following extends AsyncDisposable {
  /** Rejects when the reader can't go on; the process should end and be restarted. */
  readonly failed: Promise<never>
  /** For `/readyz`: throws `kafka_unavailable` while the group is not joined. */
  check(): Promise<void>
  /** For `/livez`: why the reader can't go on, or undefined. */
  alive(): string | undefined
}

const AT_ONCE = 16
const PAUSE_MS = 1_000
const DRAIN_MS = 5_000

/**
 * Reads topics from their start and commits what was taken in. A record that can't be taken in is tried again until it
 * is, for these topics have no retries and nothing may be left out; a fatal error ends the reader.
 */
export const follow = async ({ client, group, topics, take, log }: FollowOptions): Promise<Following> => {
  const [slots] = createSharedSlots(AT_ONCE, [AT_ONCE])
  if (!slots) throw new Error('one share makes one set of places')
  let failing = false

  const reader = await openGroupReader({
    client,
    group,
    topics,
    slots,
    maxWaitMs: STEADY_WAIT_MS,
    heldByOperator: false,
    onAssigned: () => undefined,
    onRestart: () => undefined,
    onFired: () => undefined,
    longestWaitMs: () => 0,
    async handle(record, { leaving }) {
      for (;;) {
        try {
          await take(record)
          failing = false
          return true
        } catch (thrown) {
          const error = classify(thrown)
          if (error.class === 'fatal') throw error
          const { topic, partition, offset } = record.delivery
          const facts = { event: 'follow.waiting', group, topic, partition, offset, code: error.code, err: error }
          // One line when it begins: every record meets the same outage.
          if (!failing) log.warn(facts, `${group} waits: ${error.message}`)
          failing = true
          if (!(await pause(PAUSE_MS, leaving))) return false
        }
      }
    },
  })
  let failure: string | undefined
  reader.failed.catch((error: unknown) => {
    failure = messageOf(error)
  })

  return {
    failed: reader.failed,
    async check() {
      if (!reader.joined) throw errors('kafka_unavailable', `the group ${group} is not joined`)
    },
    alive: () => failure,
    [Symbol.asyncDispose]: () => reader.stop(DRAIN_MS),
  }
}

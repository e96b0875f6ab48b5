import type { ErrorCode } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import type { Consumer } from 'kafkajs'
import { kafkaError } from '../client/kafka.ts'
import type { Assignment } from './assignment.ts'

export interface MembershipParts {
  readonly consumer: Consumer
  readonly group: string
  readonly assignment: Assignment
  /** Told after the assignment is renewed. */
  readonly onJoined: () => void
  /** Told when kafkajs gave up and begins anew, with the code of what it could not get over. */
  readonly onRestart: (reason: ErrorCode) => void
  readonly log: Log
}

/** What the group tells its member: what it owns, that this ends, or that it can't go on. */
export interface Membership {
  /** True from joining the group until a rebalance begins. */
  readonly joined: boolean
  /** When the coordinator last heard of us, epoch milliseconds; undefined before the first time. */
  readonly heartbeatAtMs: number | undefined
  /** Rejects when the reader can't go on. */
  readonly failed: Promise<never>
  fail(reason: unknown): void
}

/** Keeps the assignment as the group coordinator says. */
export const createMembership = (parts: MembershipParts): Membership => {
  const { consumer, group, assignment, log } = parts
  let fail: (reason: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  let joined = false
  let heartbeatAtMs: number | undefined
  const lose = (): void => {
    joined = false
    assignment.revoke()
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assignment.replace(payload.memberAssignment)
    joined = true
    parts.onJoined()
    log.info({ event: 'group.joined', group, assigned: payload.memberAssignment }, 'joined the group')
  })
  consumer.on(consumer.events.REBALANCING, () => {
    lose()
    log.info({ event: 'group.rebalanced', group }, 'the group is rebalancing')
  })
  consumer.on(consumer.events.HEARTBEAT, ({ timestamp }) => {
    heartbeatAtMs = timestamp
  })
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    lose()
    log.warn({ event: 'consumer.crashed', group, restart, err: error }, error.message)
    const reason = kafkaError(`the consumer of ${group} stopped`, error)
    // Without this the process would live on and read nothing for ever.
    if (!restart) fail(reason)
    else parts.onRestart(reason.code)
  })

  return {
    get joined() {
      return joined
    },
    get heartbeatAtMs() {
      return heartbeatAtMs
    },
    failed,
    fail: (reason) => fail(reason),
  }
}

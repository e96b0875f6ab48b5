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
  readonly log: Log
}

/** What the group tells its member: what it owns, that this ends, or that it can't go on. */
export interface Membership {
  /** True from joining the group until a rebalance begins. */
  readonly joined: boolean
  /** Rejects when the reader can't go on. */
  readonly failed: Promise<never>
  fail(reason: unknown): void
}

/** Keeps the assignment as the group coordinator says. */
export const createMembership = ({ consumer, group, assignment, onJoined, log }: MembershipParts): Membership => {
  let fail: (reason: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  let joined = false
  const lose = (): void => {
    joined = false
    assignment.revoke()
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assignment.replace(payload.memberAssignment)
    joined = true
    onJoined()
    log.info({ event: 'group.joined', group, assigned: payload.memberAssignment }, 'joined the group')
  })
  consumer.on(consumer.events.REBALANCING, () => {
    lose()
    log.info({ event: 'group.rebalanced', group }, 'the group is rebalancing')
  })
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    lose()
    log.warn({ event: 'consumer.crashed', group, restart, err: error }, error.message)
    // Without this the process would live on and read nothing for ever.
    if (!restart) fail(kafkaError(`the consumer of ${group} stopped`, error))
  })

  return {
    get joined() {
      return joined
    },
    failed,
    fail: (reason) => fail(reason),
  }
}

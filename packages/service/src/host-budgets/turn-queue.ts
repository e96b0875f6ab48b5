import { classify, errors, type PipelineError } from '@pokepedia/errors'
import type { Clock } from '../process/clock.ts'
import { createHeldTurns } from './held-turns.ts'
import type { HostBudget, HostTurns } from './host-turns.ts'

/** What is known of one host's budget in this process. */
export interface HostUse {
  readonly waiting: number
  readonly inFlight: number
  /** Processes that asked the host when we last did. */
  readonly users: number
  /** What the host bore then, all processes together. */
  readonly requestsPerSecond: number
  /** When the last silence that we know of ends or ended. */
  readonly silentUntil: Date | undefined
}

/** Where requests to one host wait for their turn. */
export interface TurnQueue {
  /**
   * Resolves when one request may leave, in the order of asking; `first` goes before all others. Rejects with
   * `host_silent` at once while the host is silent, with `host_budget` after the longest wait, with what the source of
   * the turns throws, or with the signal's reason.
   */
  enter(signal: AbortSignal | undefined, first: boolean): Promise<void>
  /** A request that had entered is over; `succeeded` when the host has answered it well. */
  leave(succeeded: boolean): void
  /** The host has asked for less, and for silence where that is not 0; resolves when the others can know it. */
  slowDown(silenceMs: number): Promise<void>
  readonly use: HostUse
  /** Rejects those who wait, and asks for no more turns. */
  stop(): void
}

export interface TurnQueueOptions {
  /** As a URL has it. */
  readonly host: string
  readonly budget: HostBudget
  readonly turns: HostTurns
  /** The longest wait for a turn. */
  readonly waitMs: number
  readonly clock: Clock
  readonly silenced: (silence: PipelineError) => void
  readonly slowed: (requestsPerSecond: number) => void
  /** The others could not be told to slow down. */
  readonly untold: (error: PipelineError) => void
}

/** While a host is in use we ask so often, so that all know of each other and of a silence. */
const ASK_EVERY_MS = 500
/** What we know holds for so long: turns that come later wait until we have asked again. */
const KNOWN_FOR_MS = 1_000
/** Turns are asked for so long before the last one is due. */
const LEAD_MS = 100

interface Waiter {
  readonly start: () => void
  readonly fail: (reason: unknown) => void
}

export const createTurnQueue = (options: TurnQueueOptions): TurnQueue => {
  const { host, budget, clock } = options
  const held = createHeldTurns()
  const waiters: Waiter[] = []
  let inFlight = 0
  let users = 1
  let requestsPerSecond = budget.requestsPerSecond
  let silentUntilMs = Number.NEGATIVE_INFINITY
  let silentUntil: Date | undefined
  let knownUntilMs = Number.NEGATIVE_INFINITY
  let askedMs = Number.NEGATIVE_INFINITY
  let isAsking = false
  let succeeded = false
  let stopped = false
  let cancelTimer = (): void => undefined

  const freeSlots = (): number => Math.max(1, Math.floor(budget.inFlight / users)) - inFlight
  const wanted = (nowMs: number): number =>
    held.lastMs > nowMs + LEAD_MS ? 0 : Math.max(0, Math.min(waiters.length, freeSlots()) - held.count)
  const failAll = (reason: unknown): void => {
    for (const waiter of waiters.splice(0)) waiter.fail(reason)
  }

  const silence = (nowMs: number): PipelineError => {
    const retryAfterMs = silentUntilMs - nowMs
    return errors('host_silent', `${host} asked for silence until ${silentUntil?.toISOString()}`, { retryAfterMs })
  }

  /** The longest silence counts. */
  const beSilent = (forMs: number): void => {
    const nowMs = clock.nowMs()
    if (forMs <= 0 || nowMs + forMs <= silentUntilMs) return
    const begins = silentUntilMs <= nowMs
    silentUntilMs = nowMs + forMs
    silentUntil = new Date(Date.now() + forMs)
    held.clear()
    const reason = silence(nowMs)
    if (begins) options.silenced(reason)
    failAll(reason)
  }

  const ask = async (beganMs: number, count: number): Promise<void> => {
    isAsking = true
    askedMs = beganMs
    const request = { host, requestsPerSecond: budget.requestsPerSecond, wanted: count, succeeded }
    succeeded = false
    try {
      const answer = await options.turns.take(request)
      knownUntilMs = beganMs + KNOWN_FOR_MS
      users = answer.users
      requestsPerSecond = answer.requestsPerSecond
      beSilent(answer.silentForMs)
      const nowMs = clock.nowMs()
      if (nowMs >= silentUntilMs) held.add(answer, beganMs, nowMs)
    } catch (error) {
      failAll(error)
    }
    isAsking = false
    move()
  }

  /** Lets go who may go, and sees to it that it is called again when more may. */
  const move = (): void => {
    cancelTimer()
    const nowMs = clock.nowMs()
    const mayGo = (): boolean => waiters.length > 0 && freeSlots() > 0 && nowMs < knownUntilMs
    while (mayGo() && held.use(nowMs)) {
      inFlight += 1
      waiters.shift()?.start()
    }
    if (stopped || waiters.length + inFlight === 0) return
    const count = wanted(nowMs)
    if (!isAsking && (count > 0 || nowMs >= askedMs + ASK_EVERY_MS)) void ask(nowMs, count)
    // An answer that is still to come calls this itself.
    const askMs = isAsking ? Number.POSITIVE_INFINITY : askedMs + ASK_EVERY_MS
    const nextMs = Math.min(mayGo() ? held.firstMs : Number.POSITIVE_INFINITY, askMs)
    if (nextMs < Number.POSITIVE_INFINITY) cancelTimer = clock.after(Math.max(1, nextMs - nowMs), move)
  }

  const enter = (signal: AbortSignal | undefined, first: boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const forget = (): void => {
        cancelWait()
        signal?.removeEventListener('abort', giveUp)
      }
      const waiter: Waiter = {
        start() {
          forget()
          resolve()
        },
        fail(reason) {
          forget()
          reject(reason)
        },
      }
      const leaveWith = (reason: unknown): void => {
        waiters.splice(waiters.indexOf(waiter), 1)
        waiter.fail(reason)
      }
      const giveUp = (): void => leaveWith(signal?.reason)
      const cancelWait = clock.after(options.waitMs, () =>
        leaveWith(errors('host_budget', `no turn at ${host} within ${options.waitMs} ms`)),
      )
      signal?.addEventListener('abort', giveUp, { once: true })
      if (first) waiters.unshift(waiter)
      else waiters.push(waiter)
      move()
    })

  return {
    async enter(signal, first) {
      signal?.throwIfAborted()
      const nowMs = clock.nowMs()
      if (nowMs < silentUntilMs) throw silence(nowMs)
      if (stopped) throw errors('reset', `${host} is asked no more`)
      await enter(signal, first)
    },
    leave(hasSucceeded) {
      inFlight -= 1
      succeeded ||= hasSucceeded
      move()
    },
    async slowDown(silenceMs) {
      beSilent(silenceMs)
      try {
        const { requestsPerSecond: perSecond } = budget
        const answer = await options.turns.slowDown({ host, requestsPerSecond: perSecond, silenceMs })
        requestsPerSecond = answer.requestsPerSecond
        beSilent(answer.silentForMs)
        if (answer.slowed) options.slowed(requestsPerSecond)
      } catch (error) {
        options.untold(classify(error))
      }
    },
    get use() {
      return { waiting: waiters.length, inFlight, users, requestsPerSecond, silentUntil }
    },
    stop() {
      stopped = true
      cancelTimer()
      failAll(errors('reset', `${host} is asked no more`))
    },
  }
}

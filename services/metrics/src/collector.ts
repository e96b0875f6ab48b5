import { setTimeout as wait } from 'node:timers/promises'
import { classify, type ErrorCode } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'

/** What a collector last got, and when. */
export interface Snapshot<Value> {
  readonly value: Value
  readonly takenAt: Date
}

export interface CollectorState {
  readonly name: string
  /** Whether the last cycle succeeded. */
  readonly up: boolean
  /** How long the last cycle took. */
  readonly durationMs: number
  readonly lastSuccessAt: Date | undefined
  /** What the last cycle failed with, and since when they fail. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly since: Date } | undefined
}

export interface Collector<Value> extends AsyncDisposable {
  /** The last complete reading; kept while later ones fail. */
  readonly snapshot: Snapshot<Value> | undefined
  readonly state: CollectorState
}

export interface CollectorOptions<Value> {
  readonly name: string
  readonly intervalMs: number
  readonly collect: () => Promise<Value>
  /** Called after each cycle, the failed ones included. */
  readonly onCycle: (collector: Collector<Value>) => void
  readonly log: Log
}

/** Until there is a reading at all: what begins together with us may not be there yet, and nobody wants to wait for a whole interval. */
const FIRST_TRIES_EVERY_MS = 500

/**
 * Reads something again and again in the background, so that a slow broker makes the numbers old and never the
 * scrape slow (danielqsj/kafka_exporter#336). Failures are logged once until it works again.
 */
export const startCollector = <Value>(options: CollectorOptions<Value>): Collector<Value> => {
  const { name, log } = options
  const stopping = new AbortController()
  let snapshot: Snapshot<Value> | undefined
  let state: CollectorState = { name, up: false, durationMs: 0, lastSuccessAt: undefined, error: undefined }

  const cycle = async (): Promise<void> => {
    const startedMs = performance.now()
    try {
      const value = await options.collect()
      if (state.error) log.info({ event: 'collector.up', collector: name }, `${name} is measured again`)
      snapshot = { value, takenAt: new Date() }
      const durationMs = performance.now() - startedMs
      state = { name, up: true, durationMs, lastSuccessAt: snapshot.takenAt, error: undefined }
    } catch (thrown) {
      const { code, message } = classify(thrown)
      if (!state.error) log.warn({ event: 'collector.down', collector: name, code }, `${name}: ${message}`)
      state = {
        ...state,
        up: false,
        durationMs: performance.now() - startedMs,
        error: { code, message, since: state.error?.since ?? new Date() },
      }
    }
    options.onCycle(collector)
  }

  const collector: Collector<Value> = {
    get snapshot() {
      return snapshot
    },
    get state() {
      return state
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await ended
    },
  }

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await cycle()
      const pauseMs = snapshot ? options.intervalMs : Math.min(options.intervalMs, FIRST_TRIES_EVERY_MS)
      await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const ended = loop()
  return collector
}

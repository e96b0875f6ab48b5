import type { RunId } from '@pokepedia/events'
import {
  enterRequests,
  type Letter,
  type LetterState,
  type LetterToIndex,
  listLetters,
  type Store,
  settle,
} from '../src/index.ts'

const QUEUE = 'pokepedia.ingest'

/** A letter of `pokemon/<offset>`, that died at its first attempt. */
export const letter = (offset: number, changes: Partial<LetterToIndex> = {}): LetterToIndex => ({
  queue: QUEUE,
  place: { topic: `${QUEUE}.dlq`, partition: 0, offset: String(1_000 + offset), timestamp: '1760000000000' },
  origin: { topic: QUEUE, partition: 1, offset: String(offset), timestamp: '1750000000000' },
  redriveCount: 0,
  key: Buffer.from(`pokemon/${offset}`),
  value: Buffer.from([0, 255, offset]),
  headers: { 'x-error-code': 'not_json' },
  runId: null,
  code: 'not_json',
  stage: 'parse',
  reason: 'permanent',
  fingerprint: 'f1',
  message: 'no JSON',
  httpStatus: null,
  attempt: 1,
  diedAt: new Date('2026-01-01T00:00:00Z'),
  ...changes,
})

/** The same letter at another place of the dead-letter topic. */
export const again = (offset: number, changes: Partial<LetterToIndex> = {}): LetterToIndex => {
  const place = { topic: `${QUEUE}.dlq`, partition: 0, offset: String(2_000 + offset), timestamp: '1760000001000' }
  return letter(offset, { place, ...changes })
}

/** Enters events of a run and settles them as dead. */
export const deadIn = async (store: Store, runId: RunId, offsets: readonly number[]): Promise<void> => {
  const keys = offsets.map((offset) => `pokemon/${offset}`)
  await enterRequests(
    store,
    runId,
    QUEUE,
    keys.map((key) => ({ key, resourceType: 'pokemon' })),
  )
  for (const key of keys) await settle(store, { runId, queue: QUEUE, key, outcome: 'dead', errorCode: 'not_json' })
}

/** Every letter, oldest first. */
export const lettersOf = async (store: Store, state: LetterState | null = null): Promise<Letter[]> =>
  (await listLetters(store, { filter: {}, state, limit: 500 })).toReversed()

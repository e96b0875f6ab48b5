import type { Headers, RecordPlace, RunId } from '@pokepedia/events'
import type { Store } from './store.ts'

/** A record of a dead-letter topic as the index keeps it. */
export interface LetterToIndex {
  readonly queue: string
  readonly place: RecordPlace
  /** Where the event stood when it first failed. */
  readonly origin: RecordPlace
  readonly redriveCount: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Headers
  readonly runId: RunId | null
  readonly code: string
  readonly stage: string | null
  readonly reason: string
  readonly fingerprint: string | null
  readonly message: string | null
  readonly httpStatus: number | null
  readonly attempt: number
  readonly diedAt: Date
}

// Postgres's text has no NUL.
const asText = (text: string | null | undefined): string | null => text?.replaceAll('\u0000', '\uFFFD') ?? null

/**
 * Enters a letter. What is known already (the same record, or one that a crash wrote twice) is not entered again,
 * but an event that died again after its letter was settled is.
 */
export const indexLetter = async (store: Store, letter: LetterToIndex): Promise<void> => {
  const { place, origin } = letter
  const key = asText(letter.key?.toString('utf8'))
  await store.query(
    'indexing a dead letter',
    `insert into pokepedia_dead_letters
       (queue, dlq_partition, dlq_offset, dlq_timestamp, origin_topic, origin_partition, origin_offset, origin_timestamp,
        redrive_count, key, value, headers, key_text, run_id, resource_type, code, stage, reason, fingerprint, message,
        http_status, attempt, died_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, pokepedia_letter_type($1, $13, $14), $15, $16,
        $17, $18, $19, $20, $21, $22
     where not exists (select from pokepedia_dead_letters
       where queue = $1 and origin_topic = $5 and origin_partition = $6 and origin_offset = $7 and origin_timestamp = $8
         and redrive_count = $9 and settled_at >= $22)
     on conflict do nothing`,
    [
      letter.queue,
      place.partition,
      place.offset,
      place.timestamp,
      asText(origin.topic),
      origin.partition,
      origin.offset,
      origin.timestamp,
      letter.redriveCount,
      letter.key,
      letter.value,
      JSON.stringify(letter.headers),
      key,
      letter.runId,
      asText(letter.code),
      asText(letter.stage),
      asText(letter.reason),
      asText(letter.fingerprint),
      asText(letter.message),
      letter.httpStatus,
      letter.attempt,
      letter.diedAt,
    ],
  )
}

import {
  HEADER,
  httpStatusOf,
  lastFailedAtOf,
  originOf,
  type Queue,
  type RecordPlace,
  redriveCountOf,
  runIdOf,
} from '@pokepedia/events'
import type { SourceRecord } from '@pokepedia/pipeline'
import type { LetterToIndex } from '@pokepedia/storage'

/** A record that somebody wrote to the dead-letter topic without saying why. */
const UNKNOWN = 'unknown'

/** What the index keeps of a record of a dead-letter topic. Headers that are missing or odd never stop it. */
export const letterOf = (queue: Queue, { delivery, key, value, timestamp }: SourceRecord): LetterToIndex => {
  const { headers, topic, partition, offset, attempt } = delivery
  const place: RecordPlace = { topic, partition, offset, timestamp }
  return {
    queue: queue.name,
    place,
    origin: originOf(headers) ?? place,
    redriveCount: redriveCountOf(headers),
    key,
    value,
    headers,
    runId: runIdOf(headers) ?? null,
    code: headers[HEADER.errorCode] || UNKNOWN,
    stage: headers[HEADER.errorStage] || null,
    reason: headers[HEADER.deadReason] || UNKNOWN,
    fingerprint: headers[HEADER.errorFingerprint] || null,
    message: headers[HEADER.errorMessage] || null,
    httpStatus: httpStatusOf(headers) ?? null,
    attempt,
    diedAt: new Date(lastFailedAtOf(headers) ?? Math.max(0, Number(timestamp))),
  }
}

import { HEADER, type Headers, type RecordPlace, redrivenOf } from '@pokepedia/events'
import type { OutgoingRecord, SourceRecord } from '@pokepedia/pipeline'
import type { LetterToSend, RedriveBatch } from '@pokepedia/storage'

/** A letter as it goes back to its queue: the bytes and the headers it had, at its first attempt again. */
export const redrivenRecord = (redriveId: string, letter: LetterToSend): OutgoingRecord => {
  const { origin, key, value, redriveCount } = letter
  const {
    [HEADER.attempt]: _attempt,
    [HEADER.notBefore]: _due,
    [HEADER.deadReason]: _reason,
    ...kept
  }: Headers = letter.headers
  const headers = {
    ...kept,
    // By these the outcome finds its letter; a record that was written to the topic by hand had none.
    [HEADER.originalTopic]: origin.topic,
    [HEADER.originalPartition]: String(origin.partition),
    [HEADER.originalOffset]: origin.offset,
    [HEADER.originalTimestamp]: origin.timestamp,
    [HEADER.redriveId]: redriveId,
    [HEADER.redriveCount]: String(redriveCount + 1),
  }
  return { key, value, headers }
}

const nameOf = ({ topic, partition, offset, timestamp }: RecordPlace, count: number): string =>
  `${topic}/${partition}/${offset}/${timestamp}/${count}`

/** Collects which letters of a batch stand in the queue already, and tells which do not. */
export const createReadBack = ({ redriveId, letters }: RedriveBatch) => {
  const found = new Set<string>()
  return {
    take({ delivery }: SourceRecord): void {
      const redriven = redrivenOf(delivery.headers)
      if (redriven?.redriveId === redriveId) found.add(nameOf(redriven.origin, redriven.count))
    },
    missing: (): LetterToSend[] =>
      letters.filter(({ origin, redriveCount }) => !found.has(nameOf(origin, redriveCount + 1))),
  }
}

/** The most letters of one request, and so of what is read back after a crash. */
const LARGEST_BATCH = 500

/** How many letters go out together at a rate (letters a second), and the time from one batch to the next. */
export const paceOf = (rate: number): { readonly letters: number; readonly everyMs: number } => {
  const letters = Math.min(LARGEST_BATCH, Math.max(1, Math.round(rate / 2)))
  return { letters, everyMs: (1_000 * letters) / rate }
}

import { type AvroReader, deadLetterTopic, queues } from '@pokepedia/events'
import type { Redrive, WholeLetter } from '@pokepedia/storage'
import { shownValue } from './value.ts'

const UNREADABLE: AvroReader = {
  read: () => Promise.reject(new Error('its queue is not one of this version')),
}

/** A letter as `GET /v1/dead-letters/:id` shows it. */
export const letterDetails = async (letter: WholeLetter, readers: ReadonlyMap<string, AvroReader>) => {
  const { keyBytes, value, place, ...rest } = letter
  const queue = queues.find(({ name }) => name === letter.queue)
  return {
    ...rest,
    keyBase64: keyBytes?.toString('base64') ?? null,
    place: { topic: queue ? deadLetterTopic(queue) : `${letter.queue}.dlq`, ...place },
    value: await shownValue(value, readers.get(letter.queue) ?? UNREADABLE),
  }
}

const AGAIN: Readonly<Record<string, string>> = { dead: 'dead again' }

/** `41 sent, 39 stored, 2 dead again`; what has no outcome yet is named as well. */
export const summaryOf = ({ selected, sent, outcomes, state }: Redrive): string => {
  const ended = Object.entries(outcomes).filter(([, count]) => count > 0)
  const waiting = sent - ended.reduce((sum, [, count]) => sum + count, 0)
  return [
    `${sent} sent`,
    ...ended.map(([outcome, count]) => `${count} ${AGAIN[outcome] ?? outcome}`),
    ...(waiting > 0 ? [`${waiting} without an outcome yet`] : []),
    ...(selected > sent ? [`${selected - sent} ${state === 'cancelled' ? 'left open' : 'to be sent'}`] : []),
  ].join(', ')
}

/** A redrive as the API shows it. */
export const redriveView = (redrive: Redrive) => ({ ...redrive, summary: summaryOf(redrive) })

import { type ListSource, readIndex, type TypeList } from './lists.ts'

const FRESH_FOR_MS = 60_000
/** A person waits for the answer. */
const PATIENCE_MS = 10_000

/** The upstream's resource types; one reading serves all who ask within a minute. Throws `discovery_failed`. */
export type ResourceTypes = () => Promise<ReadonlyMap<string, TypeList>>

export const resourceTypes = (source: ListSource): ResourceTypes => {
  let reading: Promise<ReadonlyMap<string, TypeList>> | undefined
  let readAt = 0
  return () => {
    if (reading && Date.now() - readAt < FRESH_FOR_MS) return reading
    const started = readIndex(source, AbortSignal.timeout(PATIENCE_MS))
    reading = started
    readAt = Date.now()
    started.catch(() => {
      if (reading === started) reading = undefined
    })
    return started
  }
}

import { classify, errors } from '@pokepedia/errors'

export interface Batches<Item, Answer> {
  /** Items with the same key are never in one batch. */
  readonly keyOf: (item: Item) => string
  /** Left out where items are small. */
  readonly bytesOf?: (item: Item) => number
  /** Answers a batch by key, as a whole or not at all. */
  readonly ask: (batch: readonly Item[]) => Promise<ReadonlyMap<string, Answer>>
}

const MAX_ITEMS = 64
const MAX_BYTES = 4 * 1024 * 1024

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Puts calls together: what comes while a batch is being answered leaves in the next one, so that a lone call waits for
 * nobody. An answer that a batch lacks is undefined. A batch that fails is asked again one by one, since one item may
 * fail them all, unless Postgres itself is not there.
 */
export const inBatches = <Item, Answer>({ keyOf, bytesOf = () => 0, ask }: Batches<Item, Answer>) => {
  let waiting: Waiting<Item, Answer>[] = []
  let isAsking = false

  /** Takes what fits into one batch, in the order of arrival. */
  const takeBatch = (): Waiting<Item, Answer>[] => {
    const batch: Waiting<Item, Answer>[] = []
    const left: Waiting<Item, Answer>[] = []
    const keys = new Set<string>()
    let bytes = 0
    for (const entry of waiting) {
      const key = keyOf(entry.item)
      bytes += bytesOf(entry.item)
      const fits = batch.length === 0 || (batch.length < MAX_ITEMS && bytes <= MAX_BYTES && !keys.has(key))
      keys.add(key)
      ;(fits ? batch : left).push(entry)
    }
    waiting = left
    return batch
  }

  const answer = async (batch: readonly Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await ask(batch.map(({ item }) => item))
      for (const { item, resolve } of batch) resolve(answers.get(keyOf(item)))
    } catch (thrown) {
      const isEverybodys = ['pause', 'fatal'].includes(classify(thrown).class)
      if (batch.length > 1 && !isEverybodys) for (const entry of batch) await answer([entry])
      else for (const { reject } of batch) reject(thrown)
    }
  }

  const answerAll = async (): Promise<void> => {
    while (waiting.length > 0) await answer(takeBatch())
    isAsking = false
  }

  return (item: Item): Promise<Answer | undefined> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (isAsking) return
      isAsking = true
      // What this turn of the event loop brings is one batch.
      setImmediate(answerAll)
    })
}

/** The answer that a batch must have for each of its items; throws `internal` where it has none. */
export const answered = <Answer>(answer: Answer | undefined, key: string): Answer => {
  if (answer !== undefined) return answer
  throw errors('internal', `Postgres did not say what came of ${key}`)
}

import { type Answer, conditional } from './answer.ts'
import type { Source } from './source.ts'

/** The entity tags of documents that were sent, for as long as their files stay as they are. */
export interface KnownTags {
  /** What `make` makes of a document, or the 304 that would come of it, without making it, when `asked` names its tag. */
  answer(path: string, asked: string | undefined, make: () => Promise<Made>): Promise<Answer>
}

/** An answer, with the stamp of the document in it. */
export interface Made {
  readonly answer: Answer
  readonly stamp?: string | undefined
}

interface Known {
  readonly stamp: string
  readonly headers: Answer['headers']
}

/**
 * Spares an unchanged document from being read, minified and hashed for each 304. Of a source without stamps nothing is
 * known.
 */
export const openKnownTags = (source: Source): KnownTags => {
  const known = new Map<string, Known>()
  return {
    async answer(path, asked, make) {
      const last = known.get(path)
      if (last && asked !== undefined) {
        const short = conditional({ status: 200, headers: last.headers, body: Buffer.alloc(0) }, asked)
        if (short.status === 304 && (await source.stamp?.(path)) === last.stamp) return short
      }
      const { answer, stamp } = await make()
      if (stamp !== undefined) known.set(path, { stamp, headers: answer.headers })
      return answer
    },
  }
}

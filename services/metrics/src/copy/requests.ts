import { resourcePathSchema } from '@pokepedia/events'
import { z } from 'zod'
import { wholeNumber } from '../whole-number.ts'

/** The query of `GET /v1/pokemon`. */
export const pokemonQuery = z.strictObject({
  /** Those with a higher id. */
  after: wholeNumber(0, 999_999_999).default(0),
  limit: wholeNumber(1, 100).default(40),
})

/** The query of `GET /v1/explain`. */
export const explainQuery = z.strictObject({ path: resourcePathSchema })

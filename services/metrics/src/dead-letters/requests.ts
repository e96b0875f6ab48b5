import { LETTER_STATES, type LetterChoice } from '@pokepedia/storage'
import { z } from 'zod'

const word = z.string().min(1).max(200)
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(max))

const filterShape = {
  queue: word.optional(),
  code: word.optional(),
  fingerprint: word.optional(),
  type: word.optional(),
  since: time.optional(),
  until: time.optional(),
}

const stateWord = z.enum([...LETTER_STATES, 'all']).default('open')

/** The query of `GET /v1/dead-letters/groups`. */
export const groupsQuery = z.strictObject({ ...filterShape, state: stateWord })

/** The query of `GET /v1/dead-letters`; `before` is the `next` of the page before. */
export const lettersQuery = z.strictObject({
  ...filterShape,
  state: stateWord,
  before: wholeNumber(Number.MAX_SAFE_INTEGER).optional(),
  limit: wholeNumber(500).default(50),
})

/** The query of `GET /v1/redrives`. */
export const redrivesQuery = z.strictObject({ limit: wholeNumber(500).default(20) })

/** The id of a letter in a path. */
export const letterId = wholeNumber(Number.MAX_SAFE_INTEGER)
/** The id of a redrive in a path. */
export const redriveId = z.uuid()

const MAX_IDS = 5_000
/** Letters a second. */
const MIN_RATE = 0.1
const MAX_RATE = 1_000
const DEFAULT_RATE = 50

// Which letters are meant must be said, so that "these" and "everything" are not one typo apart.
const chosenShape = {
  filter: z
    .strictObject(filterShape)
    .refine((filter) => Object.keys(filter).length > 0, 'is empty; send {"all":true} for every open letter')
    .optional(),
  ids: z.array(z.int().min(1)).min(1).max(MAX_IDS).optional(),
  all: z.literal(true).optional(),
}
const isOneChoice = ({ filter, ids, all }: { filter?: unknown; ids?: unknown; all?: unknown }): boolean =>
  [filter, ids, all].filter((given) => given !== undefined).length === 1
const ONE_CHOICE = 'give one of filter, ids and all'

/** The body of `POST /v1/dead-letters/discard`. */
export const discardBody = z.strictObject(chosenShape).refine(isOneChoice, ONE_CHOICE)

/** The body of `POST /v1/redrives`. */
export const redriveBody = z
  .strictObject({
    ...chosenShape,
    rate: z.number().min(MIN_RATE).max(MAX_RATE).default(DEFAULT_RATE),
    dryRun: z.boolean().default(false),
  })
  .refine(isOneChoice, ONE_CHOICE)

/** The letters that a body chose. */
export const chosen = ({ filter, ids }: z.output<typeof discardBody>): LetterChoice => ({
  ...filter,
  ...(ids === undefined ? {} : { ids }),
})

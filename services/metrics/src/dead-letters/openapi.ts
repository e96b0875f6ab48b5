import { LETTER_STATES, OUTCOMES, REDRIVE_STATES } from '@pokepedia/storage'
import { z } from 'zod'
import { discardBody, groupsQuery, lettersQuery, redriveBody, redrivesQuery } from './requests.ts'

const json = (schema: object) => ({ 'application/json': { schema } })
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const answer = (description: string, schema: object) => ({ description, content: json(schema) })
const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
})
const text = { type: 'string' }
const orNull = (schema: { readonly type: string }) => ({ ...schema, type: [schema.type, 'null'] })
const time = { type: 'string', format: 'date-time' }
const count = { type: 'integer', minimum: 0 }
const words = (of: readonly string[]) => ({ type: 'string', enum: of })
const listOf = (name: string, of: string, more: object = {}) => ({
  type: 'object',
  properties: { [name]: { type: 'array', items: ref(of) }, ...more },
  required: [name, ...Object.keys(more)],
})

// Times become Dates in the parser, which JSON Schema has no word for: the input's side is described.
type ObjectSchema = { readonly properties?: Readonly<Record<string, unknown>> | undefined }
const schemaOf = (schema: z.ZodType): ObjectSchema => z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' })
const parametersOf = (schema: z.ZodObject) =>
  Object.entries(schemaOf(schema).properties ?? {}).map(([name, property]) => ({ name, in: 'query', schema: property }))
const idParameter = (schema: object) => [{ name: 'id', in: 'path', required: true, schema }]

const letter = {
  id: count,
  state: words(LETTER_STATES),
  queue: text,
  key: orNull(text),
  type: { ...orNull(text), description: 'Resource type.' },
  runId: orNull(text),
  code: text,
  stage: orNull(text),
  reason: text,
  fingerprint: { ...orNull(text), description: 'Equal for failures that differ in numbers and addresses alone.' },
  message: orNull(text),
  httpStatus: orNull(count),
  attempt: count,
  redriveCount: { ...count, description: 'How often the event had been redriven when it died.' },
  diedAt: time,
  redriveId: orNull(text),
  outcome: { ...orNull(text), description: 'What became of it after its redrive; dead is dead again.' },
  outcomeCode: orNull(text),
  settledAt: orNull(time),
}
const place = {
  type: 'object',
  properties: { topic: text, partition: count, offset: text, timestamp: { ...text, description: 'Epoch ms.' } },
}

/** Schemas of dead letters and redrives (JSON Schema 2020-12). */
export const deadLetterSchemas = {
  DeadLetter: { type: 'object', properties: letter },
  DeadLetterDetails: {
    type: 'object',
    properties: {
      ...letter,
      headers: { type: 'object', additionalProperties: text },
      keyBase64: orNull(text),
      place: { ...place, description: 'Where it stands on the dead-letter topic.' },
      origin: { ...place, description: 'Where the event stood when it first failed.' },
      value: {
        type: 'object',
        properties: {
          bytes: count,
          decoded: { description: 'What an Avro or JSON value says.' },
          text: orNull(text),
          base64: orNull(text),
          error: { ...orNull(text), description: 'Why it could not be decoded.' },
        },
      },
    },
  },
  DeadLetterGroup: {
    type: 'object',
    properties: {
      queue: text,
      code: text,
      stage: orNull(text),
      reason: text,
      fingerprint: orNull(text),
      letters: count,
      types: { type: 'array', items: text },
      firstDiedAt: time,
      lastDiedAt: time,
      sampleId: { ...count, description: 'The newest of them, whose message is shown.' },
      message: orNull(text),
    },
  },
  DiscardRequest: schemaOf(discardBody),
  RedriveRequest: schemaOf(redriveBody),
  RedrivePreview: {
    type: 'object',
    properties: {
      selected: count,
      overCap: { ...count, description: 'Redriven REDRIVE_MAX_COUNT times already; left out.' },
      histogram: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            queue: text,
            code: text,
            type: orNull(text),
            fingerprint: orNull(text),
            letters: count,
            overCap: count,
          },
        },
      },
    },
  },
  Redrive: {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid' },
      state: words(REDRIVE_STATES),
      filter: { type: 'object' },
      rate: { type: 'number', description: 'Letters a second.' },
      selected: count,
      overCap: count,
      sent: count,
      outcomes: {
        type: 'object',
        description: 'dead is dead again.',
        properties: Object.fromEntries(OUTCOMES.map((name) => [name, count])),
      },
      createdAt: time,
      finishedAt: orNull(time),
      summary: { ...text, examples: ['41 sent, 39 stored, 2 dead again'] },
    },
  },
}

const change = {
  400: refusal('The body or the id is malformed'),
  401: refusal('No token, or another one'),
  503: refusal('pg_unavailable'),
}
const body = (name: string) => ({ security: [{ token: [] }], requestBody: { content: json(ref(name)) } })

/** Paths of dead letters and redrives (OpenAPI 3.1). */
export const deadLetterPaths = {
  '/v1/dead-letters': {
    get: {
      summary: 'Dead letters, newest first; next is the before of the next page',
      parameters: parametersOf(lettersQuery),
      responses: {
        200: answer('Letters', listOf('letters', 'DeadLetter', { next: orNull(count) })),
        400: refusal('The query is malformed'),
      },
    },
  },
  '/v1/dead-letters/groups': {
    get: {
      summary: 'Dead letters that failed alike, the largest group first; 200 at most',
      parameters: parametersOf(groupsQuery),
      responses: {
        200: answer('Groups', listOf('groups', 'DeadLetterGroup')),
        400: refusal('The query is malformed'),
      },
    },
  },
  '/v1/dead-letters/{id}': {
    get: {
      summary: 'One dead letter with its record',
      parameters: idParameter(count),
      responses: {
        200: answer('The letter', ref('DeadLetterDetails')),
        400: refusal('The id is no number'),
        404: refusal('dead_letter_unknown'),
      },
    },
  },
  '/v1/dead-letters/discard': {
    post: {
      summary: 'Give open letters up; their ledger entries become discarded',
      ...body('DiscardRequest'),
      responses: {
        200: answer('How many', { type: 'object', properties: { discarded: count }, required: ['discarded'] }),
        ...change,
      },
    },
  },
  '/v1/redrives': {
    post: {
      summary: 'Send the open letters that match now back to their queue; with dryRun only count them',
      ...body('RedriveRequest'),
      responses: {
        200: answer('What would be sent', ref('RedrivePreview')),
        202: { ...answer('The redrive', ref('Redrive')), headers: { Location: { schema: text } } },
        ...change,
      },
    },
    get: {
      summary: 'The newest redrives, newest first',
      parameters: parametersOf(redrivesQuery),
      responses: { 200: answer('Redrives', listOf('redrives', 'Redrive')), 400: refusal('The query is malformed') },
    },
  },
  '/v1/redrives/{id}': {
    get: {
      summary: 'One redrive with its outcome',
      parameters: idParameter({ type: 'string', format: 'uuid' }),
      responses: {
        200: answer('The redrive', ref('Redrive')),
        400: refusal('The id is no UUID'),
        404: refusal('redrive_unknown'),
      },
    },
  },
  '/v1/redrives/{id}/cancel': {
    post: {
      summary: 'Send nothing more; what is not sent is open again',
      security: [{ token: [] }],
      parameters: idParameter({ type: 'string', format: 'uuid' }),
      responses: {
        200: answer('The redrive', ref('Redrive')),
        ...change,
        404: refusal('redrive_unknown'),
        409: refusal('redrive_sent: all its letters are sent'),
      },
    },
  },
}

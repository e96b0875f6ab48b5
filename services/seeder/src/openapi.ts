import { tooManyChanges, withRefusals } from '@pokepedia/service'
import { OUTCOMES, RUN_STATES } from '@pokepedia/storage'
import { z } from 'zod'
import { schedulePaths, scheduleSchemas } from './schedules/openapi.ts'
import { discoverRequestSchema, seedRequestSchema } from './seed-request.ts'

const json = (schema: object) => ({ 'application/json': { schema } })
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
})
const text = { type: 'string' }
const time = { type: 'string', format: 'date-time' }
const count = { type: 'integer', minimum: 0 }
const words = (of: readonly string[]) => ({ type: 'string', enum: of })

const counts = {
  type: 'object',
  description: 'By outcome; requested is the sum of all others.',
  properties: Object.fromEntries(['requested', 'in_flight', ...OUTCOMES].map((name) => [name, count])),
}
const byQueue = { type: 'object', additionalProperties: counts }

const run = {
  id: { type: 'string', format: 'uuid' },
  state: words(RUN_STATES),
  trigger: words(['http', 'schedule', 'cli']),
  startedAt: time,
  finishedAt: { ...time, type: ['string', 'null'] },
  types: { type: 'array', items: text, description: 'Those asked for, else those found so far.' },
  counts: { ...byQueue, description: 'By queue.' },
  schedule: { ...text, type: ['string', 'null'], description: 'The schedule that asked for it.' },
  traceparent: {
    ...text,
    type: ['string', 'null'],
    description: 'W3C Trace Context: that of the request, or a new one; every event of the run carries it.',
  },
  failure: { ...text, description: 'Why the run failed.' },
}
const runRequired = ['id', 'state', 'trigger', 'startedAt', 'finishedAt', 'types', 'counts', 'schedule', 'traceparent']

const schemas = {
  SeedRequest: z.toJSONSchema(seedRequestSchema, { io: 'input', target: 'draft-2020-12' }),
  SeedAccepted: {
    type: 'object',
    properties: {
      runId: run.id,
      state: run.state,
      trigger: run.trigger,
      startedAt: time,
      request: ref('SeedRequest'),
      traceparent: run.traceparent,
    },
    required: ['runId', 'state'],
  },
  SeedCounted: {
    type: 'object',
    properties: { requested: count, byType: { type: 'object', additionalProperties: count } },
    required: ['requested', 'byType'],
  },
  DiscoverRequest: z.toJSONSchema(discoverRequestSchema, { io: 'input', target: 'draft-2020-12' }),
  Discovered: {
    type: 'object',
    properties: {
      types: {
        type: 'object',
        additionalProperties: { type: 'array', items: text },
        description: 'Paths by resource type.',
      },
    },
    required: ['types'],
  },
  Run: { type: 'object', properties: run, required: runRequired },
  RunDetails: {
    type: 'object',
    properties: {
      ...run,
      request: ref('SeedRequest'),
      fresh: { ...count, description: 'Resources left out because they were checked lately.' },
      byType: { type: 'object', additionalProperties: byQueue, description: 'By queue, then resource type.' },
    },
    required: [...runRequired, 'request', 'fresh', 'byType'],
  },
  Problem: {
    type: 'object',
    description: 'RFC 9457; code is stable.',
    properties: { type: text, title: text, status: count, code: text, detail: text, requestId: text },
    required: ['title', 'status', 'code', 'detail'],
  },
}

const seed = {
  summary: 'Ask for resources: all of them, some types, or some paths',
  security: [{ token: [] }],
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      description: 'The same key with the same body makes one run.',
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
    },
    {
      name: 'traceparent',
      in: 'header',
      description: 'W3C Trace Context; the run and its events go on in this trace. A malformed one counts as absent.',
      schema: text,
    },
  ],
  requestBody: { content: json(ref('SeedRequest')) },
  responses: {
    200: { description: 'The count of a dry run', content: json(ref('SeedCounted')) },
    202: {
      description: 'The run; Idempotency-Replayed is true where it was made before',
      headers: { Location: { schema: text }, 'Idempotency-Replayed': { schema: words(['true']) } },
      content: json(ref('SeedAccepted')),
    },
    400: refusal('The body, a path or the key is malformed'),
    401: refusal('No token, or another one'),
    404: refusal('type_unknown: the upstream has no such type'),
    409: refusal('idempotency_conflict: the key came with another body'),
    413: refusal('The body is larger than 64 KiB'),
    415: refusal('The body is not application/json'),
    503: refusal('upstream_unavailable or pg_unavailable; see Retry-After'),
  },
}

const discover = {
  summary: 'Read the upstream’s lists now, and name every resource in them; makes no run',
  security: [{ token: [] }],
  requestBody: { content: json(ref('DiscoverRequest')) },
  responses: {
    200: { description: 'The paths by resource type', content: json(ref('Discovered')) },
    400: refusal('The body is malformed'),
    401: seed.responses[401],
    404: seed.responses[404],
    413: seed.responses[413],
    415: seed.responses[415],
    502: refusal('discovery_failed: the upstream has no index or no list where they should be'),
    503: seed.responses[503],
  },
}

const listRuns = {
  summary: 'The newest runs, newest first',
  parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 999, default: 20 } }],
  responses: {
    200: {
      description: 'Runs',
      content: json({ type: 'object', properties: { runs: { type: 'array', items: ref('Run') } }, required: ['runs'] }),
    },
    400: refusal('The limit is malformed'),
  },
}

const getRun = {
  summary: 'One run with its progress by resource type',
  parameters: [{ name: 'id', in: 'path', required: true, schema: run.id }],
  responses: {
    200: { description: 'The run', content: json(ref('RunDetails')) },
    400: refusal('The id is no UUID'),
    404: refusal('run_unknown'),
  },
}

const cancelRun = {
  summary: 'Cancel a run: what is in flight is discarded, and no event of it is fetched any more',
  security: [{ token: [] }],
  parameters: getRun.parameters,
  responses: {
    200: { description: 'The run, cancelled now or before', content: json(ref('RunDetails')) },
    400: getRun.responses[400],
    401: seed.responses[401],
    404: getRun.responses[404],
    409: refusal('run_ended: it has ended otherwise'),
  },
}

/** What `GET /openapi.json` serves (OpenAPI 3.1). */
export const openapi = {
  openapi: '3.1.0',
  info: { title: 'Pokepedia seeder', version: '1', description: 'Reads need no token.' },
  paths: withRefusals(
    {
      '/v1/seed': { post: seed },
      '/v1/discover': { post: discover },
      '/v1/runs': { get: listRuns },
      '/v1/runs/{id}': { get: getRun },
      '/v1/runs/{id}/cancel': { post: cancelRun },
      ...schedulePaths,
    },
    { 429: tooManyChanges },
  ),
  components: {
    schemas: { ...schemas, ...scheduleSchemas },
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
  },
}

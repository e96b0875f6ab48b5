import { tooManyChanges, withRefusals } from '@pokepedia/service'
import { copyPaths } from './copy/openapi.ts'
import { deadLetterPaths, deadLetterSchemas } from './dead-letters/openapi.ts'
import { groupPaths } from './groups/openapi.ts'
import { seederPaths } from './seeder/openapi.ts'

const text = { type: 'string' }

const problem = {
  type: 'object',
  description: 'RFC 9457; code is stable.',
  properties: { type: text, title: text, status: { type: 'integer' }, code: text, detail: text, requestId: text },
  required: ['title', 'status', 'code', 'detail'],
}

const status = {
  get: {
    summary: 'The last complete readings of lag, groups and runs',
    responses: { 200: { description: 'Status', content: { 'application/json': { schema: { type: 'object' } } } } },
  },
}

const events = {
  get: {
    summary: 'The same as server-sent events: `status`, a whole snapshot, at most one a second, when something changed',
    responses: {
      200: { description: 'Events, until the client goes', content: { 'text/event-stream': {} } },
      503: {
        description: 'too_many_clients: 100 listen already',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  },
}

const history = {
  get: {
    summary: 'What waited in each queue in the last minutes, a point for each half minute',
    parameters: [{ name: 'minutes', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 60, default: 60 } }],
    responses: {
      200: { description: 'Points by queue', content: { 'application/json': { schema: { type: 'object' } } } },
    },
  },
}

const readOnly = {
  description: 'read_only: the service runs with READ_ONLY=true',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const DESCRIPTION =
  'Reads need no token. With READ_ONLY=true every change is answered 403 read_only, before the token is looked at.'

/** What `GET /openapi.json` serves (OpenAPI 3.1). */
export const openapi = {
  openapi: '3.1.0',
  info: { title: 'Pokepedia metrics', version: '1', description: DESCRIPTION },
  paths: withRefusals(
    {
      '/v1/status': status,
      '/v1/events': events,
      '/v1/queues/history': history,
      ...groupPaths,
      ...seederPaths,
      ...copyPaths,
      ...deadLetterPaths,
    },
    { 403: readOnly, 429: tooManyChanges },
  ),
  components: {
    schemas: { ...deadLetterSchemas, Problem: problem },
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
  },
}

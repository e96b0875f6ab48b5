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

const history = {
  get: {
    summary: 'What waited in each queue in the last minutes, a point for each half minute',
    parameters: [{ name: 'minutes', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 60, default: 60 } }],
    responses: {
      200: { description: 'Points by queue', content: { 'application/json': { schema: { type: 'object' } } } },
    },
  },
}

/** What `GET /openapi.json` serves (OpenAPI 3.1). */
export const openapi = {
  openapi: '3.1.0',
  info: { title: 'Pokepedia metrics', version: '1', description: 'Reads need no token.' },
  paths: {
    '/v1/status': status,
    '/v1/queues/history': history,
    ...groupPaths,
    ...seederPaths,
    ...copyPaths,
    ...deadLetterPaths,
  },
  components: {
    schemas: { ...deadLetterSchemas, Problem: problem },
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
  },
}

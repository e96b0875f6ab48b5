import { z } from 'zod'
import { pauseBody } from './http.ts'

const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})
const group = [{ name: 'group', in: 'path', required: true, schema: { type: 'string' } }]
const refusals = {
  400: refusal('The body is malformed'),
  401: refusal('No token, or another one'),
  404: refusal('group_unknown'),
}
const body: object = z.toJSONSchema(pauseBody, { io: 'input', target: 'draft-2020-12' })

/** Paths of consumer groups (OpenAPI 3.1). */
export const groupPaths = {
  '/v1/groups': {
    get: { summary: 'Consumer groups and their pauses', responses: { 200: { description: 'Groups' } } },
  },
  '/v1/groups/{group}/pause': {
    post: {
      summary: 'Have a group stand still until it is resumed; what is in work is finished',
      security: [{ token: [] }],
      parameters: group,
      requestBody: { content: { 'application/json': { schema: body } } },
      responses: { 200: { description: 'The group with its pause' }, ...refusals },
    },
  },
  '/v1/groups/{group}/resume': {
    post: {
      summary: 'Have a group go on; no error when it was not paused',
      security: [{ token: [] }],
      parameters: group,
      responses: { 200: { description: 'The group without a pause' }, ...refusals },
    },
  },
}

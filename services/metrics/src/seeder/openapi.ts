const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})
const run = [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }]
const schedule = [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }]
const away = refusal('seeder_unavailable: the seeder does not answer')

const sentOn = (description: string) => ({
  security: [{ token: [] }],
  requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
  responses: {
    200: { description },
    400: refusal('The reason is in detail'),
    401: refusal('No token, or another one'),
    404: refusal('type_unknown or schedule_unknown'),
    502: away,
  },
})

/** Paths of runs, of schedules and of requests that go on to the seeder, whose own document has their bodies (OpenAPI 3.1). */
export const seederPaths = {
  '/v1/seed': {
    post: {
      summary: 'Sent on to the seeder, with Idempotency-Key; its answer comes back as it is',
      security: [{ token: [] }],
      requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
      responses: {
        200: { description: 'The count of a dry run' },
        202: { description: 'The run', headers: { Location: { schema: { type: 'string' } } } },
        401: refusal('No token, or another one'),
        502: away,
      },
    },
  },
  '/v1/runs': {
    get: {
      summary: 'The newest runs, newest first, as the seeder lists them',
      parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } }],
      responses: {
        200: { description: 'Runs', content: { 'application/json': { schema: { type: 'object' } } } },
        400: refusal('The limit is malformed'),
      },
    },
  },
  '/v1/runs/{id}': {
    get: {
      summary: 'A run, its progress by queue and resource type, its rate in records a second and the seconds left',
      parameters: run,
      responses: {
        200: { description: 'The run', content: { 'application/json': { schema: { type: 'object' } } } },
        400: refusal('The id is no UUID'),
        404: refusal('run_unknown'),
      },
    },
  },
  '/v1/runs/{id}/cancel': {
    post: {
      summary: 'Sent on to the seeder',
      security: [{ token: [] }],
      parameters: run,
      responses: {
        200: { description: 'The cancelled run' },
        400: refusal('The id is no UUID'),
        401: refusal('No token, or another one'),
        404: refusal('run_unknown'),
        409: refusal('run_ended'),
        502: away,
      },
    },
  },
  '/v1/schedules': {
    get: {
      summary: 'Every schedule with its last and next run; read here, so that it shows while the seeder is away',
      responses: { 200: { description: 'Schedules', content: { 'application/json': { schema: { type: 'object' } } } } },
    },
    put: { summary: 'Sent on to the seeder: replace the whole set', ...sentOn('The schedules') },
  },
  '/v1/schedules/{name}': {
    put: { summary: 'Sent on to the seeder: create or replace one', parameters: schedule, ...sentOn('The schedule') },
    patch: { summary: 'Sent on to the seeder: change some of it', parameters: schedule, ...sentOn('The schedule') },
    delete: {
      summary: 'Sent on to the seeder',
      parameters: schedule,
      security: [{ token: [] }],
      responses: { 204: { description: 'It is removed' }, 404: refusal('schedule_unknown'), 502: away },
    },
  },
  '/v1/schedules/{name}/run': {
    post: {
      summary: 'Sent on to the seeder: make a run of it now',
      parameters: schedule,
      security: [{ token: [] }],
      responses: {
        202: { description: 'The run', headers: { Location: { schema: { type: 'string' } } } },
        404: refusal('schedule_unknown'),
        409: refusal('schedule_running'),
        502: away,
      },
    },
  },
}

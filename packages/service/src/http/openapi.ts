export interface Operation {
  readonly security?: readonly object[]
  readonly responses: object
}

/** What `limitChanges` answers, for an OpenAPI document with a schema `Problem`. */
export const tooManyChanges = {
  description: 'too_many_changes: more than CHANGES_PER_MINUTE from one address; nothing is done',
  headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer', minimum: 0 } } },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** Adds responses, by status, to every operation of an OpenAPI document's paths that wants a token. */
export const withRefusals = (
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>,
  refusals: object,
): Record<string, Record<string, Operation>> =>
  Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          operation.security ? { ...operation, responses: { ...operation.responses, ...refusals } } : operation,
        ]),
      ),
    ]),
  )

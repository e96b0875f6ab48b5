import { z } from 'zod'
import { explainQuery, pokemonQuery } from './requests.ts'

const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})
const shown = (description: string, schema: object = { type: 'object' }) => ({
  description,
  content: { 'application/json': { schema } },
})
const parametersOf = (schema: z.ZodObject): object[] =>
  Object.entries(z.toJSONSchema(schema, { io: 'input' }).properties ?? {}).map(([name, property]) => ({
    name,
    in: 'query',
    required: name === 'path',
    schema: property,
  }))

/** Paths of what is stored (OpenAPI 3.1). */
export const copyPaths = {
  '/v1/pokemon': {
    get: {
      summary: 'Stored Pokémon in the order of their ids; `next` is the `after` of the next page',
      parameters: parametersOf(pokemonQuery),
      responses: { 200: shown('Pokémon'), 400: refusal('The query is malformed') },
    },
  },
  '/v1/sprites/{key}': {
    get: {
      summary: 'A stored image; the key may hold slashes',
      parameters: [{ name: 'key', in: 'path', required: true, schema: { type: 'string' } }],
      responses: {
        200: { description: 'The image', content: { 'image/*': {} } },
        404: refusal('sprite_unknown: no image of this key is stored'),
      },
    },
  },
  '/v1/explain': {
    get: {
      summary: 'What the database knows of one resource: its row, runs, dead letters and media',
      parameters: parametersOf(explainQuery),
      responses: {
        200: shown('The story'),
        400: refusal('The path is malformed'),
        404: refusal('resource_unknown: nothing is known of it'),
      },
    },
  },
}

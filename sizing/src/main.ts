import { parseArgs } from 'node:util'
import { z } from 'zod'
import { fullSync, LATENCY, unchangedSync } from './costs.ts'
import { report, tableOf } from './tables.ts'

// `npm run simulate`: the tables of docs/sizing.md. With options: one of your own.

const USAGE = `usage: npm run simulate [-- --resources N [--instances 1,6,…] [--partitions N (as instances)] [--budget N (none)]
  [--postgres-cores N (8)] [--seeders N (1)] [--unchanged]]`

const count = z.coerce.number().int().min(1).max(1_000_000_000_000)
const argumentsSchema = z
  .object({
    resources: count.optional(),
    instances: z
      .string()
      .default('1,10,100,1000')
      .transform((text) => text.split(','))
      .pipe(z.array(z.coerce.number<string>().int().min(1).max(1_000_000))),
    partitions: count.optional(),
    budget: count.optional(),
    'postgres-cores': count.default(8),
    seeders: count.default(1),
    unchanged: z.boolean().default(false),
  })
  .strict()

const given = (): z.infer<typeof argumentsSchema> => {
  const text = { type: 'string' } as const
  const options = { resources: text, instances: text, partitions: text, budget: text, seeders: text } as const
  const { values } = parseArgs({ options: { ...options, 'postgres-cores': text, unchanged: { type: 'boolean' } } })
  if (Object.keys(values).length > 0 && values.resources === undefined) throw new Error('--resources is missing')
  return argumentsSchema.parse(values)
}

try {
  const { resources, budget = Number.POSITIVE_INFINITY, unchanged, partitions, ...rest } = given()
  const costs = unchanged ? unchangedSync : fullSync
  const question = {
    ...rest,
    costs,
    partitions,
    postgresCores: rest['postgres-cores'],
    budgets: [budget, budget] as const,
    latency: budget === Number.POSITIVE_INFINITY ? LATENCY.mirror : LATENCY.internet,
  }
  console.log(resources === undefined ? report() : tableOf({ ...question, resources }))
} catch (error) {
  const why = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : error
  console.error(`${why}\n${USAGE}`)
  process.exitCode = 2
}

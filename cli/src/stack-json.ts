import { readFile } from 'node:fs/promises'
import { KAFKA_MECHANISMS } from '@pokepedia/pipeline/kafka-config'
import { z } from 'zod'
import { environmentNamesOne, environmentStack } from './environment.ts'
import { failure } from './failure.ts'
import type { Layout } from './up/layout.ts'

export const SERVICE_NAMES = ['seeder', 'ingestor', 'sprite-fetcher', 'metrics'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

const service = z.object({ url: z.url(), pid: z.int() })

export const stackJsonSchema = z.object({
  /** `host:port` of the broker. */
  kafka: z.string(),
  /** How a deployed system's brokers are reached; a local one's need neither. */
  kafkaSecurity: z
    .object({
      tls: z.boolean(),
      sasl: z.object({ mechanism: z.enum(KAFKA_MECHANISMS), username: z.string(), password: z.string() }).optional(),
    })
    .optional(),
  schemaRegistry: z.url(),
  /** Connection string with user and password. */
  postgres: z.string(),
  s3: z.object({
    endpoint: z.url(),
    accessKey: z.string(),
    secretKey: z.string(),
    bucket: z.string(),
    region: z.string().optional(),
  }),
  /** API root that ends with a slash. */
  upstream: z.url(),
  /** What its documents name instead of `https://raw.githubusercontent.com/`, where it serves the media itself. */
  mediaRoot: z.url().optional(),
  /** Bearer token of everything that changes state. */
  token: z.string(),
  services: z.object({ seeder: service, ingestor: service, 'sprite-fetcher': service, metrics: service }),
})

/** Every address and credential of a running deployment: `.local/stack.json`. */
export type StackJson = z.infer<typeof stackJsonSchema>

/** The addresses of the deployment that runs in a directory; undefined when none does. */
export const localStack = async (layout: Layout): Promise<StackJson | undefined> => {
  const text = await readFile(layout.stackJson, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : stackJsonSchema.parse(JSON.parse(text))
}

/**
 * The addresses of the deployment that runs in a directory, or else of the one that the environment names
 * (DATABASE_URL, KAFKA_BROKERS and so on); fails when there is neither.
 */
export const readStackJson = async (layout: Layout): Promise<StackJson> => {
  const local = await localStack(layout)
  if (local) return local
  if (environmentNamesOne(process.env)) return environmentStack(process.env)
  throw failure(
    `nothing is running in ${layout.directory}; start it with \`pokepedia up\`, or name a deployment in the environment (KAFKA_BROKERS, DATABASE_URL, … as in .env.example)`,
  )
}

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { failure } from './failure.ts'
import type { Layout } from './up/layout.ts'

export const SERVICE_NAMES = ['seeder', 'ingestor', 'sprite-fetcher', 'metrics'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

const service = z.object({ url: z.url(), pid: z.int() })

export const stackJsonSchema = z.object({
  /** `host:port` of the broker. */
  kafka: z.string(),
  schemaRegistry: z.url(),
  /** Connection string with user and password. */
  postgres: z.string(),
  s3: z.object({ endpoint: z.url(), accessKey: z.string(), secretKey: z.string(), bucket: z.string() }),
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

/** Reads the addresses of the deployment in a directory; fails when none is running there. */
export const readStackJson = async (layout: Layout): Promise<StackJson> => {
  const text = await readFile(layout.stackJson, 'utf8').catch((cause: unknown) => {
    throw failure(`nothing is running in ${layout.directory}; start it with \`pokepedia up\``, cause)
  })
  return stackJsonSchema.parse(JSON.parse(text))
}

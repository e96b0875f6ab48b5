import type { Deployment } from '@pokepedia/cli'
import { z } from 'zod'
import { sql } from './support.ts'

const operation = z.looseObject({
  security: z.array(z.unknown()).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
})
const document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) })

/** A route as openapi.json has it, with a value for each parameter of its path. */
export interface Route {
  readonly method: string
  readonly path: string
  readonly needsToken: boolean
  readonly hasQuery: boolean
  readonly hasPathParameter: boolean
}

/** What exists, so that a request that got through would change something. */
const VALUES: Readonly<Record<string, string>> = {
  group: 'ingestor',
  id: '0198c0de-0000-7000-8000-000000000000',
}

/** Every route that a service says it has. */
export const routesOf = async (url: string): Promise<Route[]> => {
  const { paths } = document.parse(await (await fetch(`${url}/openapi.json`)).json())
  return Object.entries(paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([method, { security = [], parameters }]) => ({
      method: method.toUpperCase(),
      path: template.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? 'default'),
      needsToken: security.length > 0,
      hasQuery: parameters.some((parameter) => parameter.in === 'query'),
      hasPathParameter: template.includes('{'),
    })),
  )
}

/** Tables that services write by themselves, again and again. */
const RESTLESS = [
  'pokepedia_queue_snapshots',
  'pokepedia_instances',
  'pokepedia_changes',
  'pokepedia_host_users',
  'pokepedia_host_budgets',
]

/** A digest of each table that changes on somebody's word alone. */
export const stateOf = async (deployment: Deployment): Promise<Record<string, unknown>> => {
  const tables = await sql(
    deployment,
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  )
  const names = tables.map(({ name }) => String(name)).filter((name) => !RESTLESS.includes(name))
  const digests = names.map(async (name) => {
    const [row] = await sql(
      deployment,
      `select count(*)::int as rows, md5(string_agg(t::text, ',' order by t::text)) from ${name} t`,
    )
    return [name, row] as const
  })
  return Object.fromEntries(await Promise.all(digests))
}

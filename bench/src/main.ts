import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeApiData } from '@pokepedia/stack'
import { z } from 'zod'
import { describeMachine } from './machine.ts'
import { inMarkdown } from './report.ts'
import type { Workload } from './workload.ts'
import { importing } from './workloads/import.ts'

// `npm run bench -- WORKLOAD …`: measures side by side, in one run, on the same data.

const WORKLOADS: readonly Workload[] = [importing]

const USAGE = `usage: npm run bench -- WORKLOAD … [--data DIR | --pokemon N (300)] [--rounds N (5)] [--json]
${WORKLOADS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}
--data: a directory of PokeAPI/api-data; without it, made-up data of N pokemon. --json: one line of JSON at the end.`

const count = z.coerce.number().int().min(1).max(1_000_000)
const argumentsSchema = z.object({
  data: z.string().optional(),
  pokemon: count.default(300),
  rounds: count.default(5),
  json: z.boolean().default(false),
})

const parse = () => {
  const text = { type: 'string' } as const
  const options = { data: text, pokemon: text, rounds: text, json: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const chosen = positionals.map((name) => {
    const workload = WORKLOADS.find((one) => one.name === name)
    if (workload === undefined) throw new Error(`there is no workload ${name}`)
    return workload
  })
  if (chosen.length === 0) throw new Error('name a workload')
  return { chosen, ...argumentsSchema.parse(values) }
}

const main = async ({ chosen, data, pokemon, rounds, json }: ReturnType<typeof parse>): Promise<void> => {
  const made = data === undefined ? await mkdtemp(join(tmpdir(), 'pokepedia-bench-data-')) : undefined
  try {
    if (made !== undefined) await writeApiData(made, { pokemon })
    const machine = describeMachine()
    const reports = []
    for (const workload of chosen) {
      const options = { data: resolve(data ?? made ?? ''), rounds, say: (line: string) => console.error(line) }
      reports.push(...(await workload.run(options)))
    }
    if (json)
      console.log(JSON.stringify({ machine, rounds, data: data === undefined ? { pokemon } : 'given', reports }))
    else for (const report of reports) console.log(`${inMarkdown(report, machine)}\n`)
  } finally {
    if (made !== undefined) await rm(made, { recursive: true, force: true })
  }
}

/** The arguments; undefined, and said why, when they are wrong. */
const given = (): ReturnType<typeof parse> | undefined => {
  try {
    return parse()
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : error
    console.error(`${why}\n${USAGE}`)
    return undefined
  }
}

const options = given()
if (options === undefined) process.exitCode = 2
else await main(options)

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '@pokepedia/errors'
import { writeApiData } from '@pokepedia/stack'
import { z } from 'zod'
import { describeMachine } from './machine.ts'
import { type About, writePage } from './page.ts'
import { inMarkdown, type Report } from './report.ts'
import type { WorkloadOptions } from './workload.ts'
import { WORKLOADS } from './workloads/index.ts'

// `npm run bench -- WORKLOAD …`: measures side by side, in one run, on the same data.

const ALL = 'all'
/** So that `all` ends within three quarters of an hour: a shorter backlog, and one workload less. */
const EVENTS_OF_ALL = 100_000
const NOT_OF_ALL = ['import']

const USAGE = `usage: npm run bench -- all | WORKLOAD … [--data DIR | --pokemon N (300)] [--rounds N (5)] [--events N (1000000)]
                     [--json] [--write]
${WORKLOADS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}
all: every workload but ${NOT_OF_ALL.join(', ')}, which can be named beside it; the backlog has ${EVENTS_OF_ALL} events unless --events says
otherwise.
--data: a directory of PokeAPI/api-data; without it, made-up data of N pokemon. --json: one line of JSON at the end.
--write: the results replace those in docs/benchmarks.md.`

const count = z.coerce.number().int().min(1).max(1_000_000)
const argumentsSchema = z.object({
  data: z.string().optional(),
  pokemon: count.default(300),
  rounds: count.default(5),
  events: z.coerce.number().int().min(1_000).max(10_000_000).optional(),
  json: z.boolean().default(false),
  write: z.boolean().default(false),
})

const chosenBy = (names: readonly string[]) => {
  if (names.length === 0) throw new Error('name a workload')
  const unknown = names.find((name) => name !== ALL && !WORKLOADS.some((one) => one.name === name))
  if (unknown !== undefined) throw new Error(`there is no workload ${unknown}`)
  const isChosen = (name: string): boolean =>
    names.includes(name) || (names.includes(ALL) && !NOT_OF_ALL.includes(name))
  return WORKLOADS.filter(({ name }) => isChosen(name))
}

const parse = () => {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { data: text, pokemon: text, rounds: text, events: text, json: flag, write: flag } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const given = argumentsSchema.parse(values)
  const events = given.events ?? (positionals.includes(ALL) ? EVENTS_OF_ALL : 1_000_000)
  return { ...given, events, chosen: chosenBy(positionals) }
}

type Arguments = ReturnType<typeof parse>

/** Runs one workload after the other; one that fails leaves the others their turn. */
const reportsOf = async ({ chosen }: Arguments, options: WorkloadOptions): Promise<Report[]> => {
  const reports: Report[] = []
  for (const workload of chosen) {
    const beganMs = performance.now()
    options.say(`${workload.name}: ${workload.summary}`)
    try {
      reports.push(...(await workload.run(options)))
    } catch (error) {
      process.exitCode = 1
      options.say(`${workload.name} failed: ${error instanceof Error ? error.stack : messageOf(error)}`)
    }
    options.say(`${workload.name} took ${Math.round((performance.now() - beganMs) / 1_000)} s`)
  }
  return reports
}

const main = async (given: Arguments): Promise<void> => {
  const { data, pokemon, rounds, events, json, write } = given
  const made = data === undefined ? await mkdtemp(join(tmpdir(), 'pokepedia-bench-data-')) : undefined
  try {
    if (made !== undefined) await writeApiData(made, { pokemon })
    const machine = describeMachine()
    const say = (line: string): void => console.error(line)
    const reports = await reportsOf(given, { data: resolve(data ?? made ?? ''), rounds, events, say })
    const about: About = { machine, rounds, data: data === undefined ? { pokemon } : 'given' }
    if (write) await writePage(reports, about)
    if (json) console.log(JSON.stringify({ ...about, reports }))
    else for (const report of reports) console.log(`${inMarkdown(report)}\n`)
  } finally {
    if (made !== undefined) await rm(made, { recursive: true, force: true })
  }
}

/** The arguments; undefined, and said why, when they are wrong. */
const given = (): Arguments | undefined => {
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

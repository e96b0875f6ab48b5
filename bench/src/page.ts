import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Machine, machineLine } from './machine.ts'
import { inMarkdown, isMet, type Report, targetLine } from './report.ts'

const page = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url))
const BEGIN = '<!-- measured: npm run bench -- all --write -->'
const END = '<!-- /measured -->'

/** What a whole run was done with. */
export interface About {
  readonly machine: Machine
  readonly rounds: number
  readonly data: 'given' | { readonly pokemon: number }
}

/** The results as a page has them: where and when, the promises first, then each workload. */
export const resultsInMarkdown = (reports: readonly Report[], { machine, rounds, data }: About): string => {
  const targets = reports.flatMap((report) => report.targets.map((target) => ({ report, target })))
  const met = targets.filter(({ target }) => isMet(target)).length
  const documents = data === 'given' ? 'a directory of api-data' : `made-up data of ${data.pokemon} pokemon`
  return [
    `${machineLine(machine)}. ${rounds} rounds where a workload does not say otherwise, in turns; medians; ${documents}.`,
    '',
    `${met} of ${targets.length} targets are met:`,
    '',
    ...targets.map(({ report, target }) => `- ${report.workload}: ${targetLine(target)}`),
    '',
    ...reports.map((report) => `${inMarkdown(report)}\n`),
  ].join('\n')
}

/** Replaces the measured part of docs/benchmarks.md. */
export const writePage = async (reports: readonly Report[], about: About): Promise<void> => {
  const text = await readFile(page, 'utf8')
  const [before, rest] = text.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`${page} has no "${BEGIN}" and "${END}" in it`)
  await writeFile(page, `${before}${BEGIN}\n\n${resultsInMarkdown(reports, about)}\n${END}${after}`)
}

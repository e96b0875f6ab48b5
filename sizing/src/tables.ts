import { parseRetryTiers, retentionMsOf, spritesQueue, topicCatalogue } from '@pokepedia/events'
import { BYTES } from './costs.ts'
import { simulate } from './model.ts'
import { type Question, questions, scenarioOf } from './scenarios.ts'

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const

const duration = (seconds: number): string => {
  const [unit, size] = UNITS.find((one) => seconds >= one[1] * 2) ?? (['s', 1] as const)
  return `${(seconds / size).toFixed(1)} ${unit}`
}

/** As the topic catalogue declares it. */
const retentionSeconds = (retentionMsOf(topicCatalogue(parseRetryTiers('5s'))).get(spritesQueue.name) ?? 0) / 1_000

const aligned = (rows: readonly (readonly string[])[]): string => {
  const [first = []] = rows
  const widths = first.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n')
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const COLUMNS = ['instances', 'documents/s', 'bound by', 'images/s', 'bound by', 'whole sync', 'longest wait']

/** One line for each number of instances; events a second are means over the time that a queue has. */
export const tableOf = (question: Question): string =>
  aligned([
    COLUMNS,
    ...question.instances.map((instances) => {
      const scenario = scenarioOf(question, instances)
      const { seconds, phases, longestWait, documentLimit, imageLimit } = simulate(scenario)
      const documentSeconds = phases.reduce((sum, one) => sum + (one.rates.documents > 0 ? one.seconds : 0), 0)
      const images = scenario.resources * scenario.imagesPerResource
      return [
        whole(instances),
        whole(scenario.resources / documentSeconds),
        documentLimit,
        whole(images / seconds),
        imageLimit,
        duration(seconds),
        duration(longestWait) + (longestWait > retentionSeconds ? ' !' : ''),
      ]
    }),
  ])

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const
const size = (bytes: number): string => {
  const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1_000 ** step).toFixed(1)} ${SIZES[step]}`
}

const REPLICAS = 3

/** What a full sync leaves in Kafka until retention removes it, and in Postgres. */
const bytesTable = (): string => {
  const { kafka, postgres } = BYTES
  const rows = ['PokeAPI, 20 and 10', '1,000,000,000 resources, no'].map((start) => {
    const question = Object.entries(questions).find(([title]) => title.startsWith(start))?.[1]
    if (question === undefined) throw new Error(`no question starts with ${start}`)
    const { resources, imagesPerResource } = scenarioOf(question, 1)
    const images = resources * imagesPerResource
    return [
      whole(resources),
      whole(images),
      size(REPLICAS * (resources * (kafka.document + kafka.change) + images * kafka.image)),
      size(resources * postgres.document + images * postgres.image),
      size((resources + images) * postgres.ledger),
    ]
  })
  return aligned([['resources', 'images', 'Kafka, 3 replicas', 'Postgres, the copy', "a run's ledger"], ...rows])
}

/** All that `npm run simulate` prints. */
export const report = (): string =>
  [
    ...Object.entries(questions).map(([title, question]) => `${title}\n\n${tableOf(question)}`),
    `Bytes\n\n${bytesTable()}`,
    `! waits longer than the ${duration(retentionSeconds)} for which the topics keep events`,
  ].join('\n\n')

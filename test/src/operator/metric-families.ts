import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SERVICE_NAMES } from '@pokepedia/cli'

/** A metric as a service shows it, or as docs/metrics.md lists it. */
export interface Family {
  readonly name: string
  readonly type: string
  /** Sorted; those of the page are of every series, those of a scrape of the series it has. */
  readonly labels: readonly string[]
}

const CONSUMERS = ['ingestor', 'sprite-fetcher']

const servicesOf = (cell: string): readonly string[] =>
  cell.split(', ').flatMap((word) => {
    if (word === 'all') return SERVICE_NAMES
    if (word === 'consumers') return CONSUMERS
    assert.ok(
      SERVICE_NAMES.some((name) => name === word),
      `docs/metrics.md knows no service ${word}`,
    )
    return [word]
  })

const wordsOf = (cell: string): string[] => (cell === '' ? [] : cell.split(', ').toSorted())

/** What the tables of docs/metrics.md say that a service has. */
export const listedFamilies = (service: string): Family[] => {
  const page = readFileSync(fileURLToPath(new URL('../../../../docs/metrics.md', import.meta.url)), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| `/.test(line))
  return rows.flatMap((row) => {
    const [, names = '', type = '', labels = '', , services = ''] = row.split('|').map((cell) => cell.trim())
    if (!servicesOf(services).includes(service)) return []
    return [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => ({ name, type, labels: wordsOf(labels) }))
  })
}

/** What stands in a scrape, without prom-client's defaults, which are Node's and the process's. */
export const scrapedFamilies = (text: string): Family[] => {
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].filter(
    ([, name = '']) => !/^(?:process|nodejs)_/.test(name),
  )
  return types.map(([, name = '', type = '']) => {
    const series = text.match(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{.*\\})? .*$`, 'gm')) ?? []
    const labels = series.flatMap((line) =>
      [...line.matchAll(/[{,](\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label),
    )
    return { name, type, labels: [...new Set(labels)].filter((label) => label !== 'le').toSorted() }
  })
}

import type { TestContext } from 'node:test'
import { z } from 'zod'
import { type FaultRule, type SampleSource, type SampleUpstream, startSampleUpstream } from '../src/index.ts'

/** An upstream that stops with the test. */
export const upstreamFor = async (
  test: TestContext,
  source: SampleSource = { kind: 'generated', pokemon: 12 },
  faults: FaultRule[] = [],
): Promise<SampleUpstream> => {
  const upstream = await startSampleUpstream({ source, faults })
  test.after(() => upstream.stop())
  return upstream
}

const indexSchema = z.record(z.string(), z.url())
export const pageSchema = z.strictObject({
  count: z.number(),
  next: z.url().nullable(),
  previous: z.url().nullable(),
  results: z.array(z.strictObject({ name: z.string().optional(), url: z.url() })),
})

export const jsonAt = async (url: string): Promise<unknown> => {
  const answer = await fetch(url)
  if (answer.status !== 200) throw new Error(`GET ${url} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

export const indexOf = async (url: string) => indexSchema.parse(await jsonAt(url))
export const pageAt = async (url: string) => pageSchema.parse(await jsonAt(url))

/** Every list URL of the index; `meta` is none. */
export const listUrlsOf = async (url: string): Promise<string[]> => {
  const { meta: _, ...lists } = await indexOf(url)
  return Object.values(lists)
}

/** The URLs on all pages of a list, by following `next`. */
export const urlsOn = async (first: string): Promise<string[]> => {
  const urls: string[] = []
  for (let at: string | null = first; at !== null; ) {
    const page = await pageAt(at)
    urls.push(...page.results.map(({ url }) => url))
    at = page.next
  }
  return urls
}

/** Every string in a JSON value. */
export const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

import type { BrowserContextOptions, Page } from 'playwright-core'
import { z } from 'zod'
import { until } from '../e2e/support.ts'
import { openTab, signIn } from './browser.ts'

/** A place of the page that looks like no other. */
export interface Place {
  readonly name: string
  /** What stands in the address behind `#/`. */
  readonly address: string
}

const idsSchema = z.object({
  runs: z.array(z.object({ id: z.string() })),
  letters: z.array(z.object({ id: z.number() })),
})

/** Every view, and what is found below it: a run, the letters, one letter, the redrives, partitions, the story of a resource. */
export const placesOf = async (url: string): Promise<Place[]> => {
  const read = async (path: string): Promise<object> => Object((await fetch(`${url}${path}`)).json())
  const { runs, letters } = idsSchema.parse({
    ...(await read('/v1/runs?limit=1')),
    ...(await read('/v1/dead-letters?state=all&limit=1')),
  })
  return [
    { name: 'queues', address: 'queues' },
    { name: 'partitions', address: 'queues?partitions=pokepedia.ingest' },
    { name: 'runs', address: 'runs' },
    ...runs.map(({ id }) => ({ name: 'run', address: `runs/${id}` })),
    { name: 'schedules', address: 'schedules' },
    { name: 'dead-letters', address: 'dead-letters' },
    { name: 'letters', address: 'dead-letters/letters?state=all' },
    ...letters.map(({ id }) => ({ name: 'letter', address: `dead-letters/${id}` })),
    { name: 'redrives', address: 'dead-letters/redrives' },
    { name: 'health', address: 'health' },
    { name: 'seed', address: 'seed?types=pokemon' },
    { name: 'explain', address: 'explain?path=pokemon/1' },
    { name: 'pokedex', address: 'pokedex' },
    { name: 'activity', address: 'activity' },
  ]
}

/** Goes to a place as a link does, and waits until nothing on it is still being read. */
export const goTo = async (page: Page, address: string): Promise<void> => {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${address}`)}`)
  await page.locator('main #view-title').waitFor()
  // Playwright's own way to wait evaluates a text on the page, which the page's policy forbids.
  await until(
    'what was to be read',
    () => page.locator('main .skeleton').count(),
    (count) => count === 0,
  )
}

export interface Tour {
  readonly url: string
  readonly token: string
  readonly places: readonly Place[]
  readonly look: BrowserContextOptions
}

/** Shows each place in turn, signed in; gives back what the page did that no page should do. */
export const tour = async (
  { url, token, places, look }: Tour,
  at: (page: Page, place: Place) => Promise<void>,
): Promise<readonly string[]> => {
  const { page, faults } = await openTab(url, look)
  await signIn(page, token)
  for (const place of places) {
    await goTo(page, place.address)
    await at(page, place)
  }
  await page.context().close()
  return faults
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { CDPSession } from 'playwright-core'
import { z } from 'zod'
import { until } from '../e2e/support.ts'
import { openTab, withoutBrowser } from '../page/browser.ts'
import { startFastStream } from '../page/fast-stream.ts'
import { goTo } from '../page/views.ts'

// 20 s; `npm run test:page-hour` takes an hour.
const SECONDS = Number(process.env['PAGE_STREAM_SECONDS'] ?? 20)
const PER_SECOND = 50
const MAX_BYTES = 100_000_000

const metricsSchema = z.object({ metrics: z.array(z.object({ name: z.string(), value: z.number() })) })

/** What the page's JavaScript holds after everything else was collected. */
const heapBytes = async (cdp: CDPSession): Promise<number> => {
  await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = metricsSchema.parse(await cdp.send('Performance.getMetrics'))
  const used = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value
  return used ?? assert.fail('Chromium does not tell JSHeapUsedSize')
}

test(`after ${SECONDS} s of ${PER_SECOND} updates a second the page shows the last one, and holds no more than at first`, {
  skip: withoutBrowser,
}, async () => {
  await using stream = await startFastStream(PER_SECOND)
  const { page, faults } = await openTab(stream.url)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable')
  await cdp.send('HeapProfiler.enable')

  /** Goes to and fro between the views that show most of the status. */
  const watch = async (seconds: number): Promise<void> => {
    for (const endMs = Date.now() + seconds * 1_000; Date.now() < endMs; ) {
      await goTo(page, 'queues?partitions=pokepedia.ingest')
      await delay(Math.min(2_000, seconds * 250))
      await goTo(page, 'health')
      await delay(Math.min(2_000, seconds * 250))
    }
  }
  await watch(SECONDS / 4)
  const early = await heapBytes(cdp)
  await watch((3 * SECONDS) / 4)
  const late = await heapBytes(cdp)
  const updates = stream.count

  await goTo(page, 'queues')
  stream.freeze()
  const last = stream.count.toLocaleString('en-US')
  const shown = page.locator('main .ready dd').first()
  await until(
    `the last update, ${last}`,
    () => shown.textContent(),
    (text) => text === last,
  )

  const told = [early, late].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`).join(', then ')
  console.log(`${updates} updates in ${SECONDS} s; heap ${told}`)
  assert.ok(updates > SECONDS, 'the stream stood still')
  assert.ok(late < MAX_BYTES, told)
  // What grows with each update would be many times as much by now.
  assert.ok(late < 1.5 * early + 1_000_000, told)
  assert.deepEqual(faults, [])
})

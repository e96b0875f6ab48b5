import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startDeployment } from '@pokepedia/cli'
import { withoutBrowser } from './browser.ts'
import { setScene } from './scenery.ts'
import { placesOf, tour } from './views.ts'

// `npm run screenshots`: pictures of each view, light and dark, of a deployment of its own, in docs/images.

const images = fileURLToPath(new URL('../../../../docs/images/', import.meta.url))
const MAX_BYTES = 250_000
const SHOWN = [
  'queues',
  'run',
  'runs',
  'schedules',
  'dead-letters',
  'letter',
  'health',
  'seed',
  'explain',
  'pokedex',
  'activity',
]
/** So long a spark line has something to show. */
const HISTORY_MS = 40_000

if (withoutBrowser) throw new Error(withoutBrowser)
const directory = await mkdtemp(join(tmpdir(), 'pokepedia-screenshots-'))
const deployment = await startDeployment({
  directory,
  upstream: { kind: 'sample', pokemon: 60 },
  settings: { RETRY_TIERS: '1s,5s' },
  onProgress: (line) => console.log(line),
})
try {
  await mkdir(images, { recursive: true })
  await setScene(deployment)
  await delay(HISTORY_MS)
  const { url } = deployment.stack.services.metrics
  const places = (await placesOf(url)).filter(({ name }) => SHOWN.includes(name))
  const { token } = deployment.stack
  for (const colorScheme of ['light', 'dark'] as const) {
    const look = { colorScheme, viewport: { width: 1280, height: 800 } }
    await tour({ url, token, places, look }, async (page, { name }) => {
      const path = join(images, `${name}-${colorScheme}.png`)
      await page.evaluate('document.activeElement?.blur()')
      await page.screenshot({ path, animations: 'disabled' })
      const { size } = await stat(path)
      console.log(`${name}-${colorScheme}.png: ${Math.round(size / 1_000)} kB`)
      if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes; ${MAX_BYTES} is the most`)
    })
  }
} finally {
  await deployment.stop()
  await rm(directory, { recursive: true, force: true })
}

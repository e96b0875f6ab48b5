import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { freePort } from '@pokepedia/stack'
import type { Page } from 'playwright-core'
import { deploy, post, setFaults, sql, until } from '../e2e/support.ts'
import { another } from '../more-instances.ts'
import { openTab, signIn, type Tab, withoutBrowser } from '../page/browser.ts'

const skip = withoutBrowser
const deployment = skip
  ? undefined
  : await deploy({ upstream: { kind: 'sample', pokemon: 12 }, settings: { RETRY_TIERS: '200ms' } })
const up = () => {
  assert.ok(deployment)
  return { ...deployment, url: deployment.stack.services.metrics.url, token: deployment.stack.token }
}

let tab: Tab | undefined
/** The tab that the tests share, as an operator's stays open; each test goes to its view by the address. */
const at = async (view: string) => {
  tab ??= await openTab(`${up().url}/`)
  const { page } = tab
  await page.goto(`${up().url}/#/${view}`)
  return page
}
after(() => assert.deepEqual(tab?.faults ?? [], []))

/**
 * Waits until what has the focus fulfils an expression. Playwright's own waitForFunction asks a second time from within the page,
 * where the page's security policy (script-src 'self') forbids to evaluate text; evaluate asks from outside each time.
 */
const focus = (page: Page, what: string, expression: string): Promise<boolean> =>
  until(
    `the focus on ${what}`,
    () => page.evaluate<boolean>(expression),
    (there) => there,
  )

test('without the token what changes something is there, out of use, with the reason', { skip }, async () => {
  const page = await at('seed')
  assert.equal(await page.getByRole('button', { name: 'Count first' }).isDisabled(), true)
  await page
    .getByText(/sign in/i)
    .first()
    .waitFor()
})

test('a wrong token is refused with the reason, and the right one is taken', { skip }, async () => {
  const page = await at('seed')
  await page.getByRole('button', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign in' })
  await dialog.getByLabel('API token').fill('not-the-token-of-this')
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.getByText('unauthorized').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  // The refusal is in the console as well, by the browser itself.
  tab?.faults.splice(0)
  await signIn(page, up().token)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
})

test('a seed is counted first, started once and seen to its end', { skip }, async () => {
  const page = await at('seed')
  await page.getByLabel('Resource types').fill('pokemon')
  await page.getByRole('button', { name: 'Count first' }).click()
  await page.getByRole('button', { name: /^Seed \d+ resources$/ }).dblclick()
  const progress = page.getByRole('region', { name: 'Progress', exact: true })
  await progress
    .getByText(/completed$/)
    .first()
    .waitFor()
  assert.match(await progress.innerText(), /✓ 0 unaccounted/)
  const runs = await sql(up(), 'select state from pokepedia_runs')
  assert.deepEqual(runs, [{ state: 'completed' }])
})

test('the stored Pokémon are shown with their sprites', { skip }, async () => {
  const page = await at('pokedex')
  const sprites = page.getByRole('list', { name: 'Stored Pokémon' }).getByRole('img', { name: /^Sprite of / })
  await until(
    'twelve sprites',
    () => sprites.count(),
    (count) => count >= 12,
  )
  const loaded =
    "[...document.querySelectorAll('main img')].filter((image) => image.complete && image.naturalWidth > 0)"
  await until(
    'their bytes',
    () => page.evaluate<number>(`${loaded}.length`),
    (count) => count >= 12,
  )
})

test('what an upstream spoils is found by its failure, redriven and seen stored', { skip }, async () => {
  await setFaults(up(), [{ match: '/pokemon/[123]/$', kind: 'wrong_type' }])
  await post(up(), JSON.stringify({ paths: ['pokemon/1', 'pokemon/2', 'pokemon/3'], force: true }))
  const page = await at('dead-letters')
  const redrive = page.getByRole('button', { name: /^Redrive 3 letters with / })
  await redrive.waitFor()
  await setFaults(up(), [])
  await redrive.click()
  const dialog = page.getByRole('dialog', { name: 'Redrive dead letters' })
  await dialog.getByText('What the dry run has found').waitFor()
  assert.equal((await sql(up(), 'select id from pokepedia_redrives')).length, 0, 'a dry run changes nothing')
  await dialog.getByRole('button', { name: 'Redrive 3 letters' }).click()
  await dialog.waitFor({ state: 'detached' })
  await at('dead-letters/redrives')
  await page
    .getByRole('table', { name: /^Redrives/ })
    .getByText(/3 (stored|unchanged)/)
    .first()
    .waitFor()
})

test('a letter shows its payload, headers and error; discarding it wants a confirmation', { skip }, async () => {
  await setFaults(up(), [{ match: '/pokemon/4/$', kind: 'wrong_type' }])
  await post(up(), JSON.stringify({ paths: ['pokemon/4'], force: true }))
  const open = () => sql(up(), "select id from pokepedia_dead_letters where state = 'open'")
  const [letter] = await until('the letter', open, (rows) => rows.length === 1)
  await setFaults(up(), [])
  const page = await at(`dead-letters/${String(letter?.['id'])}`)
  await page.getByRole('group', { name: 'Decoded payload' }).getByText('pokemon/4').first().waitFor()
  await page.getByRole('region', { name: 'Headers' }).getByText('x-error-code').waitFor()
  await page.getByRole('button', { name: /^Discard letter / }).click()
  const dialog = page.getByRole('dialog', { name: 'Discard dead letters' })
  await dialog.getByRole('button', { name: 'Keep as it is' }).click()
  assert.equal((await open()).length, 1)
  await page.getByRole('button', { name: /^Discard letter / }).click()
  await dialog.getByRole('button', { name: 'Discard 1 letter' }).click()
  await until('no open letter', open, (rows) => rows.length === 0)
})

test('a paused group stands still, says why, and goes on when it is resumed', { skip }, async () => {
  const page = await at('health')
  await page.getByRole('button', { name: 'Pause ingestor', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Pause ingestor' })
  await dialog.getByLabel('Reason').fill('the upstream asks for quiet')
  await dialog.getByRole('button', { name: 'Pause ingestor' }).click()
  await page.getByText('the upstream asks for quiet').first().waitFor()
  const paused = () => sql(up(), 'select group_name from pokepedia_group_pauses')
  assert.equal((await paused()).length, 1)
  await page.getByRole('button', { name: 'Resume ingestor', exact: true }).click()
  await page.getByRole('button', { name: 'Pause ingestor', exact: true }).waitFor()
  assert.equal((await paused()).length, 0)
})

test('the views, the filter and a dialog are reached without a mouse', { skip }, async () => {
  const page = await at('queues')
  await page.getByRole('heading', { level: 2, name: 'Queues' }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  // The heading of a new view takes the focus once it is drawn.
  await focus(page, 'the heading', "document.activeElement?.textContent === 'Dead letters'")
  await page.keyboard.press('/')
  await focus(page, 'the filter', "document.activeElement?.tagName === 'INPUT'")
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  const focused = await page.evaluate<string>('document.activeElement.textContent')
  assert.notEqual(focused, '', 'the focus is back where the dialog was opened')
})

test('a service that is away is said to be, and the page goes on by itself when it is back', { skip }, async () => {
  const page = await at('queues')
  const pid = up().stack.services.metrics.pid
  process.kill(pid, 'SIGKILL')
  const banner = page.getByText('Connection lost.')
  await banner.waitFor()
  await banner.waitFor({ state: 'detached', timeout: 120_000 })
  assert.notEqual(up().stack.services.metrics.pid, pid)
  await post(up(), JSON.stringify({ types: ['type'] }))
  await at('runs')
  await page
    .getByRole('table', { name: 'Runs, newest first' })
    .getByText(/completed$/)
    .first()
    .waitFor()
})

test('a service for readers says so, and offers no change', { skip }, async () => {
  const port = await freePort()
  another('metrics', up(), { READ_ONLY: 'true', HTTP_PORT: String(port) })
  const url = `http://127.0.0.1:${port}`
  await until(
    'the reader',
    async () => (await fetch(`${url}/livez`).catch(() => undefined))?.status,
    (s) => s === 200,
  )
  const { page, faults } = await openTab(`${url}/#/health`)
  const pause = page.getByRole('button', { name: 'Pause ingestor', exact: true })
  await pause.waitFor()
  assert.equal(await pause.isDisabled(), true)
  await page
    .getByText(/read-only/i)
    .first()
    .waitFor()
  assert.deepEqual(faults, [])
})

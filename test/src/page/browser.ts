import { existsSync } from 'node:fs'
import { after } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PROGRAM = '/usr/bin/chromium'
// As root and without the network, Chromium needs these to start and to be quiet.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why the tests of the page are skipped; undefined where they can run. */
export const withoutBrowser: string | undefined = existsSync(PROGRAM)
  ? undefined
  : 'Chromium is not installed; it is in the Debian package chromium'

/** A tab, and what its reader would find in the console or be asked by a firewall. */
export interface Tab {
  readonly page: Page
  /** Errors of scripts and of the security policy, and requests to another host. */
  readonly faults: string[]
}

let started: Promise<Browser> | undefined

const browser = (): Promise<Browser> => {
  started ??= chromium.launch({ executablePath: PROGRAM, args: FLAGS })
  return started
}

after(async () => {
  await (await started)?.close()
})

/** Opens an address in a tab of its own, with its own session. */
export const openTab = async (address: string, options: BrowserContextOptions = {}): Promise<Tab> => {
  const context = await (await browser()).newContext({ reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const faults: string[] = []
  const { host } = new URL(address)
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('console', (message) => {
    // A service that is away is no fault of the page.
    if (message.type() === 'error' && !/ERR_(CONNECTION|EMPTY_RESPONSE|INCOMPLETE)/.test(message.text()))
      faults.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.host !== host) faults.push(`request to ${url.host}`)
  })
  await page.goto(address)
  return { page, faults }
}

/** Signs in as a person does. */
export const signIn = async (page: Page, token: string): Promise<void> => {
  await page.getByRole('button', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign in' })
  await dialog.getByLabel('API token').fill(token)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.waitFor({ state: 'detached' })
}

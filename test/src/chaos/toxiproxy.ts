import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { messageOf } from '@pokepedia/errors'
import { freePort } from '@pokepedia/stack'
import { until } from '../e2e/support.ts'

// The last version that Go 1.17 can build, so that the Go of Debian 12 is new enough.
const VERSION = 'v2.5.0'
const folder = fileURLToPath(new URL(`../../../../.local/tools/toxiproxy-${VERSION}`, import.meta.url))
const program = join(folder, 'server')

/** A toxic as toxiproxy's HTTP API takes it; see github.com/Shopify/toxiproxy, README, "Toxics". */
export interface Toxic {
  readonly type: 'latency' | 'bandwidth' | 'slow_close' | 'timeout' | 'reset_peer'
  /** `latency`, `jitter`, `delay` and `timeout` in milliseconds, `rate` in kB/s. */
  readonly attributes: Readonly<Record<string, number>>
}

/** TCP proxies in front of the dependencies, by name. */
export interface Toxiproxy {
  /** Begins the toxic in both directions of a proxy; what it resolves with ends it. */
  poison(name: string, toxic: Toxic): Promise<() => Promise<void>>
  /** Closes a proxy's port and all its connections; what it resolves with opens it again. */
  cut(name: string): Promise<() => Promise<void>>
}

/** Builds toxiproxy where it has not been built yet; resolves to why it can't be had on this machine, or to undefined. */
export const toxiproxyMissing = async (): Promise<string | undefined> => {
  if (existsSync(program)) return undefined
  const env = { ...process.env, GOBIN: folder, GOFLAGS: '-modcacherw' }
  try {
    await promisify(execFile)('go', ['install', `github.com/Shopify/toxiproxy/v2/cmd/server@${VERSION}`], { env })
    return undefined
  } catch (error) {
    return `toxiproxy ${VERSION} can't be built with Go here: ${messageOf(error)}`
  }
}

/** Starts toxiproxy, which has been built, with a proxy for each name, from its `listen` port to its `upstream` port; it ends with the file. */
export const startToxiproxy = async (
  proxies: Readonly<Record<string, { readonly listen: number; readonly upstream: number }>>,
): Promise<Toxiproxy> => {
  const port = await freePort()
  const child = spawn(program, ['-host', '127.0.0.1', '-port', String(port)], { stdio: 'ignore' })
  after(() => void child.kill())

  const call = async (method: string, path: string, body?: object): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      // It refuses what a browser might send (its protection against DNS rebinding).
      headers: { 'user-agent': 'pokepedia-test', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`toxiproxy: ${method} ${path}: ${answer.status} ${await answer.text()}`)
  }
  const isUp = (): Promise<boolean> =>
    call('GET', '/version').then(
      () => true,
      () => false,
    )
  await until('toxiproxy', isUp, Boolean, 10_000)
  for (const [name, { listen, upstream }] of Object.entries(proxies))
    await call('POST', '/proxies', { name, listen: `127.0.0.1:${listen}`, upstream: `127.0.0.1:${upstream}` })

  const switchTo = (name: string, enabled: boolean): Promise<void> => call('POST', `/proxies/${name}`, { enabled })
  return {
    async poison(name, { type, attributes }) {
      const streams = ['upstream', 'downstream']
      for (const stream of streams)
        await call('POST', `/proxies/${name}/toxics`, { name: stream, type, stream, attributes })
      return async () => {
        for (const stream of streams) await call('DELETE', `/proxies/${name}/toxics/${stream}`)
      }
    },
    async cut(name) {
      await switchTo(name, false)
      return () => switchTo(name, true)
    },
  }
}

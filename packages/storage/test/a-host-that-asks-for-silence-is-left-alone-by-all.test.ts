import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { classify } from '@pokepedia/errors'
import { openUpstream } from '@pokepedia/service/upstream'
import { hostTurns } from '../src/index.ts'
import { freshStore, log } from './support.ts'

const store = await freshStore()
const SILENCE_S = 2

/** A host that refuses one request when it is told to. */
const refusals: number[] = []
const arrivals: number[] = []
const server = createServer((_, response) => {
  arrivals.push(Date.now())
  const retryAfterS = refusals.shift()
  if (retryAfterS === undefined) response.end('{}')
  else response.writeHead(429, { 'retry-after': String(retryAfterS) }).end()
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
after(() => {
  server.closeAllConnections()
  server.close()
})

/** As one process has it. */
const client = () => {
  const upstream = openUpstream(
    {
      allowedHosts: [host],
      connectTimeoutMs: 1_000,
      headersTimeoutMs: 1_000,
      bodyTimeoutMs: 1_000,
      connectionsPerHost: 4,
      userAgent: 'test/1',
      budgets: { hosts: [{ host, requestsPerSecond: 50, inFlight: 4 }], turns: hostTurns(store), waitMs: 5_000 },
    },
    log,
  )
  after(() => upstream[Symbol.asyncDispose]())
  const get = async (): Promise<string> => {
    try {
      return (await upstream.get(`http://${host}/`, { maxBytes: 100 })).status
    } catch (error) {
      return classify(error).code
    }
  }
  return { get, probe: () => upstream.probe(AbortSignal.timeout(5_000)) }
}

test('a 429 to one process silences the host for each of them until Retry-After is over', async () => {
  const [one, two] = [client(), client()]
  assert.deepEqual(await Promise.all([one.get(), two.get()]), ['ok', 'ok'])
  refusals.push(SILENCE_S)
  assert.equal(await one.get(), 'http_429')
  const silentFrom = arrivals.at(-1) ?? 0
  // Whoever asked less than a second ago may not know it yet, and asks Postgres before the host.
  await delay(1_000)
  assert.deepEqual(await Promise.all([one.get(), two.get()]), ['host_silent', 'host_silent'])
  await assert.rejects(one.probe(), { code: 'host_silent' })
  // Each reads the end of the silence by its own clock.
  for (const { get } of [two, one]) {
    let seen = await get()
    for (; seen === 'host_silent'; seen = await get()) await delay(20)
    assert.equal(seen, 'ok')
  }
  const next = arrivals.find((at) => at > silentFrom) ?? 0
  assert.ok(next - silentFrom >= SILENCE_S * 1_000 - 50, `asked again after ${next - silentFrom} ms`)
})

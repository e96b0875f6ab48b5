import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { resourceSettingsOf, typeBudgetOf } from '@pokepedia/service'
import { openUpstream } from '@pokepedia/service/upstream'
import { hostTurns } from '@pokepedia/storage'
import { freshStore, log } from './support.ts'

const store = await freshStore()

interface Use {
  readonly times: number[]
  now: number
  most: number
}
const uses = new Map<string, Use>()
const server = createServer(async (request, response) => {
  const type = request.url?.split('/')[1] ?? ''
  const use = uses.get(type) ?? { times: [], now: 0, most: 0 }
  uses.set(type, use)
  use.times.push(performance.now())
  use.now += 1
  use.most = Math.max(use.most, use.now)
  await delay(30)
  use.now -= 1
  response.end('{}')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => server.close())
const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

test('two processes together ask for a type at most as often, and as much at once, as its settings say', async () => {
  const settings = resourceSettingsOf({ pokemon: { requestsPerSecond: 20 }, berry: { inFlight: 2 } })
  const processes = [1, 2].map(() => {
    const budgets = { hosts: [], turns: hostTurns(store), waitMs: 60_000 }
    const limits = { connectTimeoutMs: 60_000, headersTimeoutMs: 60_000, bodyTimeoutMs: 60_000, connectionsPerHost: 16 }
    return openUpstream({ allowedHosts: [host], ...limits, userAgent: 'test', budgets }, log)
  })
  const ask = (type: string, count: number) =>
    Array.from({ length: count }, (_, i) =>
      processes[i % 2]?.get(`http://${host}/${type}/${i}`, { maxBytes: 100, within: typeBudgetOf(settings, type) }),
    )
  await Promise.all([...ask('pokemon', 30), ...ask('berry', 20), ...ask('nature', 40)])
  for (const one of processes) await one[Symbol.asyncDispose]()

  const times = uses.get('pokemon')?.times ?? []
  assert.equal(times.length, 30)
  // Four fifths of 20 a second; without a budget they would all be there at once.
  const took = (times.at(-1) ?? 0) - (times[0] ?? 0)
  assert.ok(took > 1_200, `30 requests in ${took} ms`)
  // A newcomer is known to the other process within half a second; until then each may take all of it.
  assert.ok((uses.get('berry')?.most ?? 99) <= 4, `${uses.get('berry')?.most} at once`)
  assert.ok((uses.get('nature')?.most ?? 0) > 4, 'a type without a budget was held up')
})

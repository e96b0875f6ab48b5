import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ServiceName } from '@pokepedia/cli'
import { redrivenOf, spritesQueue } from '@pokepedia/events'
import { openAdmin, openKafka, readRecords } from '@pokepedia/pipeline'
import { createLog, type KillStep } from '@pokepedia/service'
import { z } from 'zod'
import { deploy, seedAndWait, setFaults, sql, until } from '../e2e/support.ts'
import { assertBalanced } from './evidence.ts'

const LETTERS = 1_000
/** Of the thousand, files of Pokémon whose number ends in 7 are broken for good. */
const BROKEN = /\/pokemon\/(back\/)?(shiny\/)?(female\/)?[0-9]*7[.]png$/
const STILL_BROKEN = [{ match: '/media/.*/pokemon/(back/)?(shiny/)?(female/)?[0-9]*7[.]png', kind: 'not_image' }]

const orders = await mkdtemp(join(tmpdir(), 'pokepedia-kill-'))
after(() => rm(orders, { recursive: true }))
const orderOf = (service: ServiceName): string => join(orders, service)
const deployment = await deploy({
  upstream: { kind: 'sample', pokemon: 140 },
  settings: (service) => ({ NODE_ENV: 'test', POKEPEDIA_KILL_AT: orderOf(service), RETRY_TIERS: '200ms,1s' }),
})
const { stack } = deployment
const client = openKafka({ brokers: [stack.kafka], clientId: 'chaos' }, createLog('test', 'silent'))

const redriveSchema = z.object({
  id: z.string(),
  state: z.string(),
  selected: z.number(),
  sent: z.number(),
  outcomes: z.record(z.string(), z.number()),
  summary: z.string(),
})
type Redrive = z.infer<typeof redriveSchema>

const metricsUrl = (): string => deployment.stack.services.metrics.url
/** The redrive as the API shows it; undefined while the service is away. */
const look = async (id: string): Promise<Redrive | undefined> => {
  const answer = await fetch(`${metricsUrl()}/v1/redrives/${id}`).catch(() => undefined)
  return answer?.ok ? redriveSchema.parse(await answer.json()) : undefined
}
const redrive = async (ids: readonly number[], rate: number): Promise<Redrive> => {
  const answer = await fetch(`${metricsUrl()}/v1/redrives`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stack.token}` },
    body: JSON.stringify({ ids, rate }),
  })
  assert.equal(answer.status, 202)
  return redriveSchema.parse(await answer.json())
}
const outcomeOf = (id: string): Promise<Redrive | undefined> =>
  until(
    'the outcome',
    () => look(id),
    (seen) => seen?.state === 'completed',
    90_000,
  )

interface Letter {
  readonly id: number
  readonly key: string
}
const openLetters = async (): Promise<Letter[]> => {
  const rows = await sql(
    deployment,
    "select id::int, key_text as key from pokepedia_dead_letters where state = 'open' order by id",
  )
  return z.array(z.object({ id: z.number(), key: z.string() })).parse(rows)
}

/** How often each key was sent by a redrive. */
const sentBy = async (id: string): Promise<Map<string | null, number>> => {
  await using admin = await openAdmin(client)
  const times = new Map<string | null, number>()
  await readRecords(client, spritesQueue.name, await admin.ranges(spritesQueue.name), ({ delivery }) => {
    if (redrivenOf(delivery.headers)?.redriveId !== id) return
    times.set(delivery.key, (times.get(delivery.key) ?? 0) + 1)
  })
  return times
}

const assertEachOnce = async (id: string, letters: readonly Letter[]): Promise<void> => {
  const times = await sentBy(id)
  const odd = letters.flatMap(({ key }) => (times.get(key) === 1 ? [] : [`${key}: ${times.get(key) ?? 0} times`]))
  assert.deepEqual(odd.slice(0, 10), [], `${odd.length} letters were not sent once`)
  assert.equal(times.size, letters.length)
}

const kill = (service: ServiceName): void => void process.kill(deployment.stack.services[service].pid, 'SIGKILL')

await setFaults(deployment, [{ match: '/media/', kind: 'not_image' }])
const run = await seedAndWait(deployment, { types: ['pokemon'] }, 120_000)
const all = await until('the letters', openLetters, (letters) => letters.length >= LETTERS)
const thousand = all.slice(0, LETTERS)
await setFaults(deployment, STILL_BROKEN)

test('a redrive of 1,000 letters whose sender and consumer are killed half way sends each once and counts right', async () => {
  const { id, selected } = await redrive(
    thousand.map((letter) => letter.id),
    150,
  )
  assert.equal(selected, LETTERS)
  const half = await until(
    'the half',
    () => look(id),
    (seen) => (seen?.sent ?? 0) >= LETTERS / 2,
  )
  assert.ok((half?.sent ?? LETTERS) < LETTERS, 'it is under way')
  kill('metrics')
  kill('sprite-fetcher')
  const ended = await outcomeOf(id)
  await assertEachOnce(id, thousand)
  const dead = thousand.filter(({ key }) => BROKEN.test(key)).length
  assert.ok(dead > 20, `${dead} files are still broken`)
  assert.equal(ended?.summary, `1000 sent, ${LETTERS - dead} stored, ${dead} dead again`)
})

const rounds: KillStep[] = ['redrive_prepared', 'redrive_acked']
for (const step of rounds)
  test(`a sender killed at ${step}: each letter is sent once`, async () => {
    const letters = (await openLetters()).filter(({ key }) => !BROKEN.test(key)).slice(0, 60)
    assert.ok(letters.length >= 20, `${letters.length} letters are left`)
    // The second batch, so that the first tells nothing of it.
    await writeFile(orderOf('metrics'), `${step}:2`)
    const { id } = await redrive(
      letters.map((letter) => letter.id),
      20,
    )
    await until(
      'the kill',
      async () => existsSync(orderOf('metrics')),
      (isThere) => !isThere,
    )
    const ended = await outcomeOf(id)
    await assertEachOnce(id, letters)
    assert.equal(ended?.summary, `${letters.length} sent, ${letters.length} stored`)
  })

test('the run that they belong to takes all of it in, and balances', async () => {
  await until(
    'the end of the run',
    () => sql(deployment, 'select state from pokepedia_runs where id = $1', [run.id]),
    ([row]) => row?.['state'] === 'completed_with_dead_letters',
  )
  await assertBalanced(deployment, run.id)
  const open = await openLetters()
  const dead = await sql(
    deployment,
    "select key from pokepedia_run_ledger where run_id = $1 and outcome = 'dead' order by key",
    [run.id],
  )
  assert.deepEqual(open.map(({ key }) => key).toSorted(), dead.map(({ key }) => String(key)).toSorted())
})

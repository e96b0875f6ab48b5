import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { pokepedia } from '../e2e/command.ts'
import { deploy, kafkaTool, seedAndWait, setFaults, sql, until } from '../e2e/support.ts'

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 12 }, settings: { RETRY_TIERS: '200ms,600ms' } })
const { url } = deployment.stack.services.metrics

/** Runs the command with --json to its end; fails unless it exits as expected. */
const command = async (line: string, exitCode = 0) => {
  const directory = ['--directory', deployment.layout.directory]
  await using running = pokepedia(...line.split(' '), '--json', ...directory)
  assert.equal(await running.exited, exitCode, `${line}: ${running.stdout()}${running.stderr()}`)
  return exitCode === 0 ? JSON.parse(running.stdout()) : running.stderr()
}
const inWords = async (line: string): Promise<string> => {
  await using running = pokepedia(...line.split(' '), '--directory', deployment.layout.directory)
  assert.equal(await running.exited, 0, running.stderr())
  return running.stdout()
}
const openLetters = async (): Promise<number> => (await command('dlq list --limit 500')).letters.length
const ledger = async (runId: string) =>
  Object.fromEntries(
    (
      await sql(
        deployment,
        `select key, outcome from pokepedia_run_ledger where run_id = $1 and key ~ '^pokemon/[1-6]$'`,
        [runId],
      )
    ).map(({ key, outcome }) => [key, outcome]),
  )

const NOT_JSON = [1, 2, 3, 4, 5].map((id) => ({ match: `/pokemon/${id}/$`, kind: 'wrong_type' }))
const openapi = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
let runId = ''

test('what died can be listed, grouped and looked at, with its value decoded', async () => {
  await setFaults(deployment, NOT_JSON)
  runId = (await seedAndWait(deployment, { types: ['pokemon'] })).id
  await until('five letters', openLetters, (count) => count === 5)
  const { groups } = await command('dlq list --groups')
  assert.deepEqual(
    groups.map(({ code, letters, queue }: Record<string, unknown>) => [code, letters, queue]),
    [['not_json', 5, 'pokepedia.ingest']],
  )
  const { letters } = await command('dlq list --type pokemon --since 1h --limit 2')
  assert.equal(letters.length, 2)
  assert.equal(letters[0].runId, runId)
  assert.deepEqual((await command('dlq list --type berry')).letters, [])
  const letter = await command(`dlq show ${letters[0].id}`)
  assert.equal(letter.value.decoded.path, letters[0].key)
  assert.equal(letter.headers['x-error-code'], 'not_json')
  assert.match(await inWords(`dlq show ${letters[0].id}`), /came from\s+pokepedia.ingest \d\/\d+/)
  assert.match(await command('dlq show 999999', 1), /there is no dead letter 999999/)
})

test('a redrive tells what became of its letters, and the run they belong to takes it in', async () => {
  const preview = await command('dlq redrive --code not_json --dry-run')
  assert.equal(preview.selected, 5)
  assert.deepEqual(
    preview.histogram.map(({ type, letters, overCap }: Record<string, unknown>) => [type, letters, overCap]),
    [['pokemon', 5, 0]],
  )
  // Two of them are still broken, and one is gone by now.
  await setFaults(deployment, [...NOT_JSON.slice(0, 2), { match: '/pokemon/3/$', kind: 'gone' }])
  assert.match(
    await inWords('dlq redrive --code not_json --wait --rate 100'),
    /^5 sent, 2 stored, 1 gone, 2 dead again$/m,
  )
  const dead = { 'pokemon/1': 'dead', 'pokemon/2': 'dead' }
  const stored = { 'pokemon/4': 'stored', 'pokemon/5': 'stored', 'pokemon/6': 'stored' }
  assert.deepEqual(await ledger(runId), { ...dead, 'pokemon/3': 'gone', ...stored })
  const runState = async () => (await sql(deployment, 'select state from pokepedia_runs'))[0]?.['state']
  await until('the end of the run', runState, (state) => state === 'completed_with_dead_letters')
  assert.equal((await command(`audit ${runId}`)).balanced, true)
  const { redrives } = await command('redrives')
  assert.equal(redrives[0].summary, '5 sent, 2 stored, 1 gone, 2 dead again')
  assert.equal((await command(`redrives ${redrives[0].id}`)).state, 'completed')
  assert.match(await command(`redrives --cancel ${redrives[0].id}`, 1), /409 Conflict: .* nothing left to cancel/)
})

test('a redrive that is cancelled gives back what it has not sent', async () => {
  await until('the two that died again', openLetters, (count) => count === 2)
  const created = await command('dlq redrive --all --rate 0.1')
  assert.equal(created.selected, 2)
  // Not by the command, whose own start may take as long as the second letter waits: 10 s.
  const look = async () =>
    z.object({ sent: z.number() }).parse(await (await fetch(`${url}/v1/redrives/${created.id}`)).json())
  await until('the first', look, ({ sent }) => sent === 1)
  const cancelled = await command(`redrives --cancel ${created.id}`)
  assert.match(cancelled.summary, /1 left open$/)
  await until('both', openLetters, (count) => count === 2)
})

test('what is discarded is given up in its run as well', async () => {
  await setFaults(deployment, [])
  assert.deepEqual(await command('dlq discard --code not_json'), { discarded: 2 })
  assert.equal(await openLetters(), 0)
  const entries = await ledger(runId)
  assert.deepEqual([entries['pokemon/1'], entries['pokemon/2']], ['discarded', 'discarded'])
  await until(
    'the run without dead letters',
    async () => (await sql(deployment, 'select state from pokepedia_runs'))[0]?.['state'],
    (state) => state === 'completed',
  )
  assert.equal((await command(`audit ${runId}`)).balanced, true)
})

test('a letter that a person wrote to the dead-letter topic is listed, shown and redriven', async () => {
  await kafkaTool(deployment, 'kafka-console-producer', ['--topic', 'pokepedia.ingest.dlq'], 'pokemon/7\n')
  await until('the letter', openLetters, (count) => count === 1)
  const [letter] = (await command('dlq list')).letters
  assert.equal(letter.code, 'unknown')
  assert.equal((await command(`dlq show ${letter.id}`)).value.text, 'pokemon/7')
  assert.match(await inWords(`dlq redrive ${letter.id} --wait`), /^1 sent, 1 unchanged$/m)
})

const refused: [string, string, object, number][] = [
  ['without saying which letters', '/v1/redrives', {}, 400],
  ['of an empty filter', '/v1/redrives', { filter: {} }, 400],
  ['of a filter and ids', '/v1/redrives', { filter: { code: 'x' }, ids: [1] }, 400],
  ['at no rate', '/v1/redrives', { all: true, rate: 0 }, 400],
  ['with a filter that has a typo', '/v1/redrives', { filter: { cod: 'http_503' } }, 400],
  ['cancelled, that never was', '/v1/redrives/01a20b77-37b8-7611-b843-eca5f996df87/cancel', {}, 404],
  ['discarded without saying which', '/v1/dead-letters/discard', {}, 400],
]
for (const [what, path, body, status] of refused)
  test(`a redrive or discard ${what} is answered with ${status}`, async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${deployment.stack.token}` }
    const ask = (sent: Record<string, string>) =>
      fetch(`${url}${path}`, { method: 'POST', headers: sent, body: JSON.stringify(body) })
    const answer = await ask(headers)
    assert.equal(answer.status, status, await answer.text())
    assert.match(answer.headers.get('content-type') ?? '', /problem\+json/)
    assert.equal((await ask({ ...headers, authorization: '' })).status, 401)
  })

test('the numbers are on /metrics, and the routes in openapi.json', async () => {
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  await until('the count of this file', metrics, (text) =>
    /redrive_records_total\{result="dead_again"[^}]*\} 3$/m.test(text),
  )
  const { paths } = openapi.parse(await (await fetch(`${url}/openapi.json`)).json())
  assert.ok(paths['/v1/redrives']?.['post'] && paths['/v1/dead-letters/{id}']?.['get'])
  for (const query of ['state=dead', 'limit=0', 'cod=x', 'since=yesterday'])
    assert.equal((await fetch(`${url}/v1/dead-letters?${query}`)).status, 400, query)
})

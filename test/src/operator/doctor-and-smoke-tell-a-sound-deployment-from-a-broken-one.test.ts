import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { pokepedia } from '../e2e/command.ts'
import { deploy, setFaults, sql } from '../e2e/support.ts'

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 5 } })
const { layout } = deployment

const run = async (...args: string[]) => {
  await using command = pokepedia(...args, '--json', '--directory', layout.directory)
  const status = await command.exited
  return { status, answer: JSON.parse(command.stdout() || '{}') as unknown, stderr: command.stderr() }
}

const checksSchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), todo: z.string().optional() })),
})
const doctor = async () => {
  const { status, answer } = await run('doctor')
  const { ok, checks } = checksSchema.parse(answer)
  assert.equal(status, ok ? 0 : 1)
  return { ok, checks, failed: checks.filter((check) => !check.ok) }
}

test('of a sound deployment every check is well', async () => {
  const { ok, checks, failed } = await doctor()
  assert.deepEqual(failed, [])
  assert.equal(ok, true)
  const subject = 'subject pokepedia.changes-value'
  for (const name of ['topic pokepedia.sprites.dlq', subject, 'migrations', 'permissions', 'seeder accepts the token'])
    assert.ok(
      checks.some((check) => check.name === name),
      `no check ${name}`,
    )
})

const stepsSchema = z.object({
  ok: z.boolean(),
  steps: z.array(z.object({ step: z.string(), ok: z.boolean(), detail: z.string(), look: z.string().optional() })),
})

test('smoke follows a batch through every step, the second time as well, when nothing is new', async () => {
  for (const outcome of [/5 stored/, /5 unchanged/]) {
    const { status, answer, stderr } = await run('smoke')
    const { ok, steps } = stepsSchema.parse(answer)
    assert.deepEqual([status, ok], [0, true], stderr)
    assert.deepEqual(
      steps.map(({ step }) => step),
      [
        'Kafka answers',
        'services answer',
        'measured before',
        'seeded',
        'enqueued',
        'processed',
        'committed',
        'stored',
      ].concat(['measured after']),
    )
    assert.match(steps.find(({ step }) => step === 'processed')?.detail ?? '', outcome)
  }
})

test('smoke names the step that fails and what to look at', async () => {
  await setFaults(deployment, [{ match: '/type/1/$', kind: 'status', status: 403 }])
  try {
    const { status, answer } = await run('smoke', '--limit', '1')
    const { ok, steps } = stepsSchema.parse(answer)
    assert.deepEqual([status, ok], [1, false])
    const last = steps.at(-1)
    assert.equal(last?.step, 'processed')
    assert.match(last?.detail ?? '', /1 dead/)
    assert.match(last?.look ?? '', /dlq list/)
  } finally {
    await setFaults(deployment, [])
  }
  assert.equal((await run('smoke', '--types', 'digimon')).status, 2)
})

test('the doctor names what is broken, and what to do', async () => {
  await sql(deployment, 'alter function get_pokepedia_queue_stats() rename to elsewhere')
  await sql(deployment, `insert into pokepedia_migrations (name, run_on) values ('1800000000000_later', now())`)
  const changed = await fetch(`${deployment.stack.schemaRegistry}/config/pokepedia.changes-value`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'BACKWARD' }),
  })
  assert.equal(changed.status, 200)
  const { failed } = await doctor()
  assert.deepEqual(failed.map(({ name }) => name).sort(), [
    'function get_pokepedia_queue_stats()',
    'migrations',
    'subject pokepedia.changes-value',
  ])
  for (const { todo } of failed) assert.ok(todo)
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { newTraceparent, parseTraceparent } from '@pokepedia/events'

const traceparent = newTraceparent()
const runId = '0197a0b0-0000-7000-8000-000000000001'

/** The lines that a program logs; it has `log`, `delivery`, `errors`, `startSummary` and `end`, which logs one ending. */
const logged = (program: string): Record<string, unknown>[] => {
  const of = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const source = `
    import { errors } from ${JSON.stringify(import.meta.resolve('@pokepedia/errors'))}
    import { createLog } from ${JSON.stringify(import.meta.resolve('@pokepedia/service'))}
    import { factsOf, logEnding } from ${of('../src/telemetry/record-log.js')}
    import { startSummary } from ${of('../src/telemetry/summary.js')}
    const log = createLog('demo', 'debug')
    const headers = { 'x-run-id': '${runId}', 'x-redrive-id': 'r-1', traceparent: '${traceparent}', own: 'kept' }
    const delivery = { topic: 'q.retry.5s', partition: 3, offset: '17', key: 'pokemon/25', headers, attempt: 2 }
    const end = (ending, span) => logEnding(log, factsOf(delivery, { queue: 'q', group: 'g.retry', span }), ending, 1_500)
    ${program}`
  const stdout = execFileSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const about = {
  service: 'demo',
  run_id: runId,
  redrive_id: 'r-1',
  queue: 'q',
  group: 'g.retry',
  topic: 'q.retry.5s',
  partition: 3,
  offset: '17',
  key: 'pokemon/25',
  attempt: 2,
  duration_s: 1.5,
  trace_id: parseTraceparent(traceparent)?.traceId,
}

test('an outcome, a retry and a dead letter say what, where, in which run and trace, and why', () => {
  const lines = logged(`
    const failed = errors('http_503', 'GET http://h/1: the host\\nanswered 503', { httpStatus: 503 })
    end({ outcome: 'superseded' })
    end({ outcome: 'abandoned' })
    end({ outcome: 'retried', error: failed, tier: { label: '30s', delayMs: 30_000 } })
    end({ outcome: 'dead', error: errors('image_invalid', 'no PNG'), reason: 'permanent' })`)
  const [superseded, abandoned, retried, dead] = lines.map(({ time: _time, err: _err, ...line }) => line)
  assert.equal(lines.length, 4)
  assert.deepEqual(superseded, {
    ...about,
    level: 'debug',
    event: 'record.processed',
    outcome: 'superseded',
    msg: 'superseded',
  })
  assert.deepEqual([abandoned?.['event'], abandoned?.['level']], ['record.abandoned', 'debug'])
  assert.deepEqual(retried, {
    ...about,
    level: 'warn',
    event: 'record.retried',
    outcome: 'retried',
    tier: '30s',
    code: 'http_503',
    class: 'retry',
    stage: 'fetch',
    http_status: 503,
    msg: 'retry in 30s: GET http://h/1: the host answered 503',
  })
  const { hint, ...rest } = dead ?? {}
  assert.ok(String(hint).length > 10)
  assert.deepEqual(rest, {
    ...about,
    level: 'error',
    event: 'record.dead',
    outcome: 'dead',
    reason: 'permanent',
    code: 'image_invalid',
    class: 'dead',
    stage: 'parse',
    msg: 'dead letter: no PNG',
  })
})

test('within a recorded span the line names that span', () => {
  const [line] = logged(`end({ outcome: 'stored' }, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) })`)
  assert.deepEqual([line?.['trace_id'], line?.['span_id']], ['a'.repeat(32), 'b'.repeat(16)])
})

test('a consumer sums up what ended, once a while, and is silent when nothing did', () => {
  const lines = logged(`
    const queue = { name: 'q', group: 'g', partitions: 1 }
    startSummary(queue, log)[Symbol.dispose]()
    const summary = startSummary(queue, log, 50)
    for (const outcome of ['stored', 'stored', 'dead']) summary.count(outcome)
    await new Promise((resolve) => setTimeout(resolve, 220))
    summary.count('gone')
    summary[Symbol.dispose]()`)
  assert.deepEqual(
    lines.map(({ level, event, queue, group, outcomes, msg }) => ({ level, event, queue, group, outcomes, msg })),
    [
      { outcomes: { stored: 2, dead: 1 }, msg: 'q: 2 stored, 1 dead' },
      { outcomes: { gone: 1 }, msg: 'q: 1 gone' },
    ].map((line) => ({ level: 'info', event: 'records.summary', queue: 'q', group: 'g', ...line })),
  )
})

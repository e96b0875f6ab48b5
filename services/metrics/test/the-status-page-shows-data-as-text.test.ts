import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusPage } from '../src/page/page.ts'
import type { Status } from '../src/status.ts'

const empty: Status = {
  version: '0.1.0',
  mode: { readOnly: false },
  lagMeasuredAt: null,
  queues: [],
  groups: [],
  partitions: [],
  tiers: [],
  runs: [],
  hosts: [],
  pauses: [],
  breakers: null,
  schedules: null,
  collectors: [],
}
const collector = { name: 'lag', up: true, lastSuccessAt: new Date(0), error: null }

test('markup in a message is shown, never run; the page has no script', () => {
  const error = { code: 'kafka_unavailable', message: `<script>alert("x")</script> & 'y'` }
  const page = statusPage({ ...empty, collectors: [{ ...collector, up: false, error }] })
  assert.doesNotMatch(page, /<script/)
  assert.match(page, /&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt; &amp; &#39;y&#39;/)
})

test('a host that has asked for silence is shown with its end', () => {
  const silentUntil = new Date('2026-01-02T03:04:05Z')
  const host = { host: 'pokeapi.co', budget: 20, rate: 2.5, users: 3, silentUntil }
  const page = statusPage({ ...empty, hosts: [host] })
  assert.match(page, /pokeapi\.co.*<td>20<\/td><td>2\.5<\/td><td>3<\/td>.*2026-01-02 03:04:05 UTC/)
  assert.doesNotMatch(statusPage(empty), /Hosts with a budget/)
})

test('the headline says what is the case', () => {
  const times = { oldestAt: null, oldestReadyAt: null, newestAt: null }
  const queue = { queue: 'pokepedia.ingest', ready: 0, delayed: 0, messages: 0, drainSeconds: null, ...times }
  const collectors = [collector]
  const headline = (status: Status) => /class="verdict">([^<]*)</.exec(statusPage(status))?.[1]
  assert.equal(headline({ ...empty, collectors, queues: [queue] }), 'Idle: nothing to do')
  assert.equal(
    headline({ ...empty, collectors, queues: [{ ...queue, ready: 1_200, delayed: 3 }] }),
    'Working: 1,200 ready, 3 delayed',
  )
  assert.equal(headline({ ...empty, collectors, queues: [{ ...queue, delayed: 3 }] }), 'Waiting: 3 delayed')
  assert.equal(headline({ ...empty, collectors: [{ ...collector, up: false }] }), 'Not measured: lag')
})

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

const assets = { script: 'app-1.js', stylesheet: 'style-1.css' }
const textOf = (status: Status): string => statusPage(status, assets)

test('markup in a message is shown, never run; the page has no script in it', () => {
  const error = { code: 'kafka_unavailable', message: `<script>alert("x")</script> & 'y'`, since: new Date(0) }
  const page = textOf({ ...empty, collectors: [{ ...collector, up: false, error }] })
  assert.deepEqual(page.match(/<script[^>]*>[^<]*/g), ['<script type="module" src="/page/app-1.js">'])
  assert.match(page, /&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt; &amp; &#39;y&#39;/)
})

test('the headline and the queues are there without script', () => {
  const times = { oldestAt: null, oldestReadyAt: new Date('2026-01-02T03:04:05Z'), newestAt: null }
  const queue = {
    queue: 'pokepedia.ingest',
    ready: 1_200,
    delayed: 3,
    messages: 0,
    blocked: 0,
    drainSeconds: 90,
    ...times,
  }
  const page = textOf({ ...empty, collectors: [collector], queues: [queue] })
  assert.match(
    page,
    /<strong>Working<\/strong> <span class="verdict-detail">1,200 ready, 3 delayed, about 1 min 30 s left</,
  )
  assert.match(page, /<th scope="row">pokepedia.ingest<\/th><td>1,200<\/td><td>3<\/td>.*2026-01-02 03:04:05 UTC/)
})

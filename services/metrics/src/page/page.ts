import { OUTCOMES, type RunWithProgress } from '@pokepedia/storage'
import type { Status } from '../status.ts'
import { type Html, html } from './html.ts'

/** A number for people; `–` where it does not apply. */
const number = (value: number): string => (value < 0 ? '–' : value.toLocaleString('en-US'))

const time = (at: Date): Html => {
  const iso = at.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}

const since = (at: Date | null): Html | string => (at === null ? '–' : time(at))

const table = (caption: string, heads: readonly string[], rows: readonly Html[]): Html => html`
<table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table>`

const verdict = (status: Status): string => {
  const down = status.collectors.filter(({ up }) => !up)
  if (down.length > 0) return `Not measured: ${down.map(({ name }) => name).join(', ')}`
  const ready = status.queues.reduce((sum, queue) => sum + queue.ready, 0)
  const delayed = status.queues.reduce((sum, queue) => sum + queue.delayed, 0)
  const paused = (status.pauses ?? []).map(({ group }) => group)
  if (paused.length > 0 && ready > 0) return `Paused by an operator: ${paused.join(', ')}; ${number(ready)} ready`
  if (ready > 0) return `Working: ${number(ready)} ready, ${number(delayed)} delayed`
  return delayed > 0 ? `Waiting: ${number(delayed)} delayed` : 'Idle: nothing to do'
}

const faults = (status: Status): readonly Html[] =>
  status.collectors.flatMap(({ name, error, lastSuccessAt }) =>
    error
      ? [
          html`<p class="fault">${name}: ${error.message} (${error.code}); last read ${lastSuccessAt === null ? 'never' : time(lastSuccessAt)}</p>`,
        ]
      : [],
  )

const queueTable = (status: Status): Html =>
  table(
    'Queues',
    ['Queue', 'Ready', 'Delayed', 'Oldest ready', 'Oldest', 'Newest'],
    status.queues.map(
      ({ queue, ready, delayed, oldestReadyAt, oldestAt, newestAt }) =>
        html`<tr><th scope="row">${queue}</th><td>${number(ready)}</td><td>${number(delayed)}</td><td>${since(oldestReadyAt)}</td><td>${since(oldestAt)}</td><td>${since(newestAt)}</td></tr>`,
    ),
  )

const COUNTED = ['requested', 'in_flight', ...OUTCOMES] as const

const runRows = (run: RunWithProgress): readonly Html[] =>
  Object.entries(run.counts).map(
    ([queue, counts]) =>
      html`<tr><th scope="row"><code>${run.id}</code></th><td>${run.state}</td><td>${time(run.startedAt)}</td><td>${queue}</td>${COUNTED.map((outcome) => html`<td>${number(counts[outcome])}</td>`)}</tr>`,
  )

const runTable = (runs: Status['runs']): Html => {
  if (runs === null) return html`<p>The runs have not been read yet.</p>`
  if (runs.length === 0) return html`<p>No run yet. <code>npx pokepedia seed</code> starts one.</p>`
  return table('Runs', ['Run', 'State', 'Started', 'Queue', ...COUNTED], runs.flatMap(runRows))
}

const lagTable = (status: Status): Html =>
  table(
    'Partitions, as kafka-consumer-groups --describe shows them',
    ['Group', 'Topic', 'Partition', 'Current offset', 'End offset', 'Lag', 'Oldest record'],
    status.partitions.map(
      (row) =>
        html`<tr><th scope="row">${row.group}</th><td>${row.topic}</td><td>${row.partition}</td><td>${number(row.currentOffset)}</td><td>${number(row.endOffset)}</td><td>${number(row.lag)}</td><td>${since(row.oldestAt)}</td></tr>`,
    ),
  )

const pauseOf = ({ pauses }: Status, name: string): Html | string => {
  const pause = pauses?.find(({ group }) => group === name)
  return pause ? html`${pause.reason}, since ${time(pause.at)}` : '–'
}

const groupTable = (status: Status): Html =>
  table(
    'Consumer groups',
    ['Group', 'State', 'Members', 'Paused'],
    status.groups.map(
      ({ group, state, members }) =>
        html`<tr><th scope="row">${group}</th><td>${state}</td><td>${members}</td><td>${pauseOf(status, group)}</td></tr>`,
    ),
  )

const tierTable = (status: Status): Html =>
  table(
    'Retries',
    ['Queue', 'Tier', 'Due', 'Not due', 'First is due'],
    status.tiers.map(
      ({ queue, tier, ready, delayed, nextDueAt }) =>
        html`<tr><th scope="row">${queue}</th><td>${tier}</td><td>${number(ready)}</td><td>${number(delayed)}</td><td>${since(nextDueAt)}</td></tr>`,
    ),
  )

const hostTable = ({ hosts }: Status): Html | string => {
  if (hosts === null || hosts.length === 0) return ''
  return table(
    'Hosts with a budget, in requests a second',
    ['Host', 'Budget', 'At present', 'Processes', 'Silent until'],
    hosts.map(
      ({ host, budget, rate, users, silentUntil }) =>
        html`<tr><th scope="row">${host}</th><td>${budget}</td><td>${rate.toFixed(1)}</td><td>${users}</td><td>${silentUntil === null ? '–' : time(silentUntil)}</td></tr>`,
    ),
  )
}

/** The status page: plain HTML, readable without script. */
export const statusPage = (status: Status): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pokepedia Stream</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<h1>Pokepedia Stream</h1>
<p class="verdict">${verdict(status)}</p>
<p>Measured ${status.lagMeasuredAt === null ? 'not yet' : time(status.lagMeasuredAt)} · <a href="/">read again</a></p>
</header>
<main>
${faults(status)}
${queueTable(status)}
${tierTable(status)}
${runTable(status.runs)}
${groupTable(status)}
${hostTable(status)}
${lagTable(status)}
</main>
<footer><a href="/v1/status">The same as JSON</a> · <a href="/metrics">Metrics</a> · <a href="/readyz">Readiness</a></footer>
</body>
</html>
`.markup

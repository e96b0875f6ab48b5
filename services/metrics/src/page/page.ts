import type { Status } from '../status.ts'
import type { PageAssets } from './assets.ts'
import { count, type Instant, utc } from './format.ts'
import { type Html, html } from './html.ts'
import { verdictOf } from './verdict.ts'

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%232f5bd7'/%3E%3Cpath d='M1 8h4m6 0h4' stroke='white' stroke-width='1.6'/%3E%3Ccircle cx='8' cy='8' r='2.6' fill='none' stroke='white' stroke-width='1.6'/%3E%3C/svg%3E"

const time = (at: Instant): Html => html`<time datetime="${new Date(at).toISOString()}">${utc(at)}</time>`
const timeOr = (at: Instant | null): Html | string => (at === null ? '–' : time(at))

const queueTable = ({ queues }: Status): Html | string => {
  if (queues.length === 0) return ''
  const heads = ['Queue', 'Ready', 'Delayed', 'Blocked', 'Oldest ready', 'Oldest', 'Newest']
  const rows = queues.map(
    ({ queue, ready, delayed, blocked, oldestReadyAt, oldestAt, newestAt }) =>
      html`<tr><th scope="row">${queue}</th><td>${count(ready)}</td><td>${count(delayed)}</td><td>${count(blocked)}</td><td>${timeOr(oldestReadyAt)}</td><td>${timeOr(oldestAt)}</td><td>${timeOr(newestAt)}</td></tr>`,
  )
  return html`<div class="scroll"><table>
<caption>Queues</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}

const faults = ({ collectors }: Status): readonly Html[] =>
  collectors.flatMap(({ name, error, lastSuccessAt }) =>
    error
      ? [
          html`<p class="notice bad">${name}: ${error.message} (${error.code}); last read ${lastSuccessAt === null ? 'never' : time(lastSuccessAt)}</p>`,
        ]
      : [],
  )

/**
 * The status page as the server sends it: the verdict and the queues as they are now, readable without script. The
 * script puts the whole page in the place of `#app` once it has a status of its own.
 */
export const statusPage = (
  status: Status,
  { script, stylesheet }: Pick<PageAssets, 'script' | 'stylesheet'>,
): string => {
  const { word, detail } = verdictOf(status)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${word} · Pokepedia Stream</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/page/${stylesheet}">
<script type="module" src="/page/${script}"></script>
</head>
<body>
<div id="app">
<header class="top is-first">
<h1>Pokepedia Stream</h1>
<p class="verdict" data-word="${word}"><strong>${word}</strong> <span class="verdict-detail">${detail}</span></p>
<p class="muted">Measured ${status.lagMeasuredAt === null ? 'not yet' : time(status.lagMeasuredAt)} · <a href="/">Read again</a> · <a href="/v1/status">The same as JSON</a></p>
<noscript><p class="notice">Without JavaScript this page shows how it was when it was loaded, and changes nothing.</p></noscript>
</header>
<main class="view">
${faults(status)}
${queueTable(status)}
</main>
</div>
</body>
</html>
`.markup
}

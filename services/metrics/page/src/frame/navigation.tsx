import { count } from '../../../src/page/format.ts'
import { status } from '../state/live.ts'
import { hrefOf, route, VIEWS, type View } from '../state/route.ts'

export const TITLES: Readonly<Record<View, string>> = {
  queues: 'Queues',
  runs: 'Runs',
  schedules: 'Schedules',
  'dead-letters': 'Dead letters',
  health: 'Health',
  seed: 'Seed',
  explain: 'Explain',
  pokedex: 'Pokédex',
  activity: 'Activity',
}

/** What is going on in a view, beside its link. */
const hintOf = (view: View): { text: string; isBad?: true } | null => {
  const now = status.value
  if (now === null) return null
  if (view === 'queues') {
    const waiting = now.queues.reduce((sum, { ready, delayed, blocked }) => sum + ready + delayed + blocked, 0)
    return waiting > 0 ? { text: count(waiting) } : null
  }
  if (view === 'runs') {
    const open = (now.runs ?? []).filter(({ finishedAt }) => finishedAt === null).length
    return open > 0 ? { text: `${open} open` } : null
  }
  if (view === 'health') {
    const failing = now.collectors.filter(({ up, error }) => !up && error).length
    const open = (now.breakers ?? []).filter(({ state }) => state === 'open').length
    return failing + open > 0 ? { text: `${failing + open} ▲`, isBad: true } : null
  }
  return null
}

export const Navigation = () => (
  <nav class="nav" aria-label="Views">
    <ul>
      {VIEWS.map((view) => {
        const hint = hintOf(view)
        return (
          <li key={view}>
            <a href={hrefOf(view)} aria-current={route.value.view === view ? 'page' : undefined}>
              {TITLES[view]}
              {hint && (
                <span class={`nav-hint ${hint.isBad ? 'bad' : ''}`} aria-hidden="true">
                  {hint.text}
                </span>
              )}
            </a>
          </li>
        )
      })}
    </ul>
    <p class="nav-links">
      <a href="/openapi.json">OpenAPI</a> <a href="/metrics">Metrics</a> <a href="/readyz?verbose">Readiness</a>{' '}
      <a href="/v1/status">JSON</a>
    </p>
  </nav>
)

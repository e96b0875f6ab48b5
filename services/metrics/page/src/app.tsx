import { useEffect, useRef, useState } from 'preact/hooks'
import { verdictOf } from '../../src/page/verdict.ts'
import { Announcer } from './frame/announcer.tsx'
import { ConnectionBanner } from './frame/banner.tsx'
import { Header } from './frame/header.tsx'
import { HelpDialog } from './frame/help.tsx'
import { watchKeys } from './frame/keys.ts'
import { Navigation, TITLES } from './frame/navigation.tsx'
import { Results } from './frame/results.tsx'
import { status } from './state/live.ts'
import { route, type View } from './state/route.ts'
import { ActivityView } from './views/activity.tsx'
import { DeadLettersView } from './views/dead-letters/index.tsx'
import { ExplainView } from './views/explain.tsx'
import { HealthView } from './views/health.tsx'
import { PokedexView } from './views/pokedex.tsx'
import { QueuesView } from './views/queues.tsx'
import { RunsView } from './views/runs.tsx'
import { SchedulesView } from './views/schedules.tsx'
import { SeedView } from './views/seed.tsx'

const SHOWN: Readonly<Record<View, () => preact.JSX.Element>> = {
  queues: QueuesView,
  runs: RunsView,
  schedules: SchedulesView,
  'dead-letters': DeadLettersView,
  health: HealthView,
  seed: SeedView,
  explain: ExplainView,
  pokedex: PokedexView,
  activity: ActivityView,
}

/** Whoever follows a link to another view begins to read at its heading. */
const useFocusOnView = (place: string): void => {
  const last = useRef(place)
  useEffect(() => {
    if (last.current === place) return
    last.current = place
    document.getElementById('view-title')?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [place])
}

/** A tab in the background tells the verdict too. */
const useTitle = (view: View): void => {
  const word = status.value === null ? '' : `${verdictOf(status.value).word} · `
  useEffect(() => {
    document.title = `${word}${TITLES[view]} · Pokepedia Stream`
  }, [word, view])
}

export const App = () => {
  const [isHelpOpen, setHelpOpen] = useState(false)
  const { view, id } = route.value
  useFocusOnView(`${view}/${id}`)
  useTitle(view)
  useEffect(() => watchKeys(() => setHelpOpen(true)), [])
  const Shown = SHOWN[view]
  return (
    <>
      <Header onHelp={() => setHelpOpen(true)} />
      <ConnectionBanner />
      <div class="columns">
        <Navigation />
        <main class="view">
          <Results />
          <Shown key={view} />
        </main>
      </div>
      <Announcer />
      {isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
    </>
  )
}

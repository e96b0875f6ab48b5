import type { Redrive } from '../../contract.ts'
import { hrefOf, route } from '../../state/route.ts'
import { useResource } from '../../state/use-resource.ts'
import { ViewFrame } from '../../ui/section.tsx'
import { FilterBar, filterInRoute } from './filter.tsx'
import { Groups } from './groups.tsx'
import { OneLetter } from './letter.tsx'
import { Letters } from './letters.tsx'
import { Redrives } from './redrives.tsx'

const REDRIVES_EVERY_MS = 2_000

/** Failures, the letters of one, a letter, and the redrives, as the address says. */
export const DeadLettersView = () => {
  const { id } = route.value
  const filter = filterInRoute()
  const redrives = useResource<{ redrives: readonly Redrive[] }>('/v1/redrives?limit=10', REDRIVES_EVERY_MS)
  if (id !== null && /^\d+$/.test(id)) return <OneLetter key={id} id={id} onDone={redrives.reload} />
  const isLetters = id === 'letters'
  return (
    <ViewFrame
      title="Dead letters"
      lead="Events that were given up, with the reason. Redrive what is mended, discard what is not."
    >
      <nav class="tabs" aria-label="Dead letters">
        <a
          href={hrefOf('dead-letters', null, { ...filter })}
          aria-current={isLetters || id === 'redrives' ? undefined : 'page'}
        >
          By failure
        </a>
        <a href={hrefOf('dead-letters', 'letters', { ...filter })} aria-current={isLetters ? 'page' : undefined}>
          Letters
        </a>
        <a href={hrefOf('dead-letters', 'redrives')} aria-current={id === 'redrives' ? 'page' : undefined}>
          Redrives
        </a>
      </nav>
      {id !== 'redrives' && <FilterBar />}
      {isLetters && <Letters filter={filter} onDone={redrives.reload} />}
      {id === null && <Groups filter={filter} onDone={redrives.reload} />}
      {!isLetters && <Redrives from={redrives} />}
    </ViewFrame>
  )
}

import { status } from '../../state/live.ts'
import { route, setParams } from '../../state/route.ts'
import type { LetterFilter } from './choice.ts'

const NAMES = ['queue', 'code', 'fingerprint', 'type', 'since'] as const

/** The filter that the address has. */
export const filterInRoute = (): LetterFilter => {
  const { params } = route.value
  return Object.fromEntries(NAMES.flatMap((name) => (params[name] ? [[name, params[name]]] : [])))
}

export const queryOf = (filter: LetterFilter, more: Record<string, string> = {}): string =>
  new URLSearchParams({ ...filter, ...more }).toString()

const SPANS: readonly (readonly [string, number])[] = [
  ['the last hour', 3_600_000],
  ['the last day', 86_400_000],
  ['the last week', 604_800_000],
]

/** Which letters are listed; kept in the address. */
export const FilterBar = () => {
  const filter = filterInRoute()
  const isSet = Object.keys(filter).length > 0
  const clear = (): void => setParams(Object.fromEntries(NAMES.map((name) => [name, null])))
  return (
    <search class="filter-bar">
      <label class="field">
        Code
        <input
          type="text"
          data-filter
          value={filter.code ?? ''}
          placeholder="any"
          onChange={({ currentTarget }) => setParams({ code: currentTarget.value.trim() })}
        />
      </label>
      <label class="field">
        Resource type
        <input
          type="text"
          value={filter.type ?? ''}
          placeholder="any"
          onChange={({ currentTarget }) => setParams({ type: currentTarget.value.trim() })}
        />
      </label>
      <label class="field">
        Queue
        <select value={filter.queue ?? ''} onChange={({ currentTarget }) => setParams({ queue: currentTarget.value })}>
          <option value="">any</option>
          {(status.value?.queues ?? []).map(({ queue }) => (
            <option value={queue} key={queue}>
              {queue}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Died in
        <select
          value={filter.since ? 'kept' : ''}
          onChange={({ currentTarget }) => {
            const ms = Number(currentTarget.value)
            setParams({ since: ms > 0 ? new Date(Date.now() - ms).toISOString() : null })
          }}
        >
          <option value="">any time</option>
          {filter.since && <option value="kept">since {filter.since.slice(0, 16).replace('T', ' ')} UTC</option>}
          {SPANS.map(([words, ms]) => (
            <option value={ms} key={ms}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {isSet && (
        <button type="button" onClick={clear}>
          Clear filters
        </button>
      )}
    </search>
  )
}

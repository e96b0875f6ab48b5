import { useState } from 'preact/hooks'
import { counted } from '../../../../src/page/format.ts'
import type { DeadLetter } from '../../contract.ts'
import { hrefOf, route, setParams } from '../../state/route.ts'
import { useResource } from '../../state/use-resource.ts'
import { WhyNot } from '../../ui/button.tsx'
import { Section } from '../../ui/section.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/text.tsx'
import type { LetterFilter } from './choice.ts'
import { queryOf } from './filter.tsx'
import { LetterActions } from './letter-actions.tsx'
import { LetterState } from './words.tsx'

const EVERY_MS = 10_000
const PAGE = '50'

interface LetterPage {
  readonly letters: readonly DeadLetter[]
  readonly next: number | null
}

interface RowProps {
  readonly letter: DeadLetter
  readonly isSelected: boolean
  readonly onSelect: (isSelected: boolean) => void
}

const LetterRow = ({ letter, isSelected, onSelect }: RowProps) => (
  <tr>
    <td>
      <input
        type="checkbox"
        aria-label={`Select letter ${letter.id}`}
        checked={isSelected}
        disabled={letter.state !== 'open'}
        onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
      />
    </td>
    <th scope="row">
      <a href={hrefOf('dead-letters', String(letter.id))} data-row>
        {letter.key ?? `letter ${letter.id}`}
      </a>
    </th>
    <td>
      <LetterState letter={letter} />
    </td>
    <td>
      <code>{letter.code}</code>
    </td>
    <td class="wrap">{letter.message ?? '–'}</td>
    <td class="num">{letter.attempt}</td>
    <td class="num">{letter.redriveCount}</td>
    <td>
      <Ago at={letter.diedAt} />
    </td>
  </tr>
)

const LetterTable = ({ page, filter, onDone }: { page: LetterPage; filter: LetterFilter; onDone: () => void }) => {
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set())
  const select = (id: number, isSelected: boolean): void =>
    setSelected((last) => new Set(isSelected ? [...last, id] : [...last].filter((one) => one !== id)))
  const done = (): void => {
    setSelected(new Set())
    onDone()
  }
  const ids = page.letters.map(({ id }) => id).filter((id) => selected.has(id))
  return (
    <>
      <div class="actions">
        <LetterActions choice={{ filter }} what="all matching" onDone={done} />
        {ids.length > 0 && <LetterActions choice={{ ids }} what={`${ids.length} selected`} onDone={done} />}
        <WhyNot />
      </div>
      <Table
        caption="Dead letters, newest first"
        isCaptionHidden
        columns={[
          { label: 'Select', isHidden: true },
          'Key',
          'State',
          'Code',
          'Last error',
          { label: 'Attempts', isNumber: true },
          { label: 'Redriven', isNumber: true },
          'Died',
        ]}
      >
        {page.letters.map((letter) => (
          <LetterRow
            key={letter.id}
            letter={letter}
            isSelected={selected.has(letter.id)}
            onSelect={(isSelected) => select(letter.id, isSelected)}
          />
        ))}
      </Table>
    </>
  )
}

/** The first page stands still while newer letters come; they are counted and shown when asked for. */
const useStillPage = (latest: LetterPage | undefined, of: string) => {
  const [shown, setShown] = useState<{ of: string; page: LetterPage }>()
  const isOfThis = shown?.of === of
  if (latest && !isOfThis) setShown({ of, page: latest })
  const page = isOfThis ? shown.page : latest
  const newest = page?.letters[0]?.id ?? 0
  const unseen = (latest?.letters ?? []).filter(({ id }) => id > newest).length
  return { page, unseen, show: () => setShown(undefined) }
}

const STATES = ['open', 'redriving', 'redriven', 'discarded', 'all'] as const

/** The letters that match, a page at a time. */
export const Letters = ({ filter, onDone }: { filter: LetterFilter; onDone: () => void }) => {
  const { before, state = 'open' } = route.value.params
  const query = queryOf(filter, { state, limit: PAGE, ...(before ? { before } : {}) })
  const [round, setRound] = useState(0)
  const letters = useResource<LetterPage>(`/v1/dead-letters?${query}`, EVERY_MS)
  const { page, unseen, show } = useStillPage(letters.isLoading ? undefined : letters.data, `${query} ${round}`)
  const done = (): void => {
    letters.reload()
    setRound(round + 1)
    onDone()
  }
  return (
    <Section
      title="Letters"
      aside={
        <label class="inline">
          State{' '}
          <select
            value={state}
            onChange={({ currentTarget }) => setParams({ state: currentTarget.value, before: null })}
          >
            {STATES.map((name) => (
              <option value={name} key={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Loaded what="The letters" from={{ ...letters, data: page }} rows={6}>
        {(shown) =>
          shown.letters.length === 0 ? (
            <Empty>No dead letters match. Clear the filters, or choose another state.</Empty>
          ) : (
            <>
              {unseen > 0 && (
                <button type="button" onClick={show}>
                  {counted(unseen, 'new letter')}, show
                </button>
              )}
              <LetterTable page={shown} filter={filter} onDone={done} />
              <div class="actions">
                {before && (
                  <button type="button" onClick={() => setParams({ before: null })}>
                    Newest letters
                  </button>
                )}
                {shown.next !== null && (
                  <button type="button" onClick={() => setParams({ before: String(shown.next) })}>
                    Older letters
                  </button>
                )}
              </div>
            </>
          )
        }
      </Loaded>
    </Section>
  )
}

import { useRef, useState } from 'preact/hooks'
import { counted } from '../../../../src/page/format.ts'
import type { DeadLetterGroup } from '../../contract.ts'
import { hrefOf } from '../../state/route.ts'
import { useResource } from '../../state/use-resource.ts'
import { WhyNot } from '../../ui/button.tsx'
import { Section } from '../../ui/section.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago, Count } from '../../ui/text.tsx'
import type { LetterFilter } from './choice.ts'
import { queryOf } from './filter.tsx'
import { LetterActions } from './letter-actions.tsx'

const EVERY_MS = 5_000

const keyOf = ({ queue, code, stage, reason, fingerprint }: DeadLetterGroup): string =>
  JSON.stringify([queue, code, stage, reason, fingerprint])

const filterOf = ({ queue, code, fingerprint }: DeadLetterGroup, filter: LetterFilter): LetterFilter => ({
  ...filter,
  queue,
  code,
  ...(fingerprint === null ? {} : { fingerprint }),
})

const GroupRow = ({ group, filter, onDone }: { group: DeadLetterGroup; filter: LetterFilter; onDone: () => void }) => {
  const chosen = filterOf(group, filter)
  return (
    <tr>
      <th scope="row" class="wrap">
        <a
          href={hrefOf('dead-letters', 'letters', { ...chosen })}
          data-row
          aria-label={`Letters with ${group.code}: ${group.message ?? 'no message'}`}
        >
          <code>{group.code}</code>
        </a>{' '}
        {group.message ?? <span class="muted">no message</span>}
      </th>
      <td class="num">
        <Count of={group.letters} />
      </td>
      <td>
        {group.queue}
        <span class="muted">{group.stage === null ? '' : ` · ${group.stage}`}</span>
      </td>
      <td class="wrap narrow">{group.types.length === 0 ? '–' : group.types.join(', ')}</td>
      <td>
        <Ago at={group.firstDiedAt} />
      </td>
      <td>
        <Ago at={group.lastDiedAt} />
      </td>
      <td>
        <LetterActions
          choice={{ filter: chosen }}
          what={`${counted(group.letters, 'letter')} with ${group.code}`}
          shortly
          onDone={onDone}
        />
      </td>
    </tr>
  )
}

/** Keeps rows where they are: groups that were not there at first wait until they are asked for. */
const useStill = (groups: readonly DeadLetterGroup[], of: string) => {
  const order = useRef<{ of: string; keys: readonly string[] }>({ of: '', keys: [] })
  const [, again] = useState(0)
  if (order.current.of !== of || order.current.keys.length === 0) order.current = { of, keys: groups.map(keyOf) }
  const byKey = new Map(groups.map((group) => [keyOf(group), group]))
  const shown = order.current.keys.flatMap((key) => byKey.get(key) ?? [])
  const show = (): void => {
    order.current = { of: '', keys: [] }
    again((last) => last + 1)
  }
  return { shown, unseen: groups.length - shown.length, show }
}

interface GroupTableProps {
  readonly groups: readonly DeadLetterGroup[]
  readonly filter: LetterFilter
  readonly onDone: () => void
}

const GroupTable = ({ groups, filter, onDone }: GroupTableProps) => {
  const { shown, unseen, show } = useStill(groups, queryOf(filter))
  const letters = groups.reduce((sum, group) => sum + group.letters, 0)
  const isFiltered = Object.keys(filter).length > 0
  if (groups.length === 0)
    return (
      <Empty>
        {isFiltered
          ? 'No open dead letters match. Clear the filters to see all.'
          : 'No open dead letters: everything that was asked for has come to its end.'}
      </Empty>
    )
  return (
    <>
      <div class="actions">
        <LetterActions
          choice={{ filter }}
          what={isFiltered ? `all ${letters} matching` : `all ${letters} letters`}
          onDone={onDone}
        />
        <WhyNot />
        {unseen > 0 && (
          <button type="button" onClick={show}>
            {unseen} new, show
          </button>
        )}
      </div>
      <Table
        caption="Open dead letters by what failed alike, the largest group first"
        isCaptionHidden
        columns={[
          'Failure',
          { label: 'Letters', isNumber: true },
          'Where',
          'Types',
          'First',
          'Last',
          { label: 'Actions', isHidden: true },
        ]}
      >
        {shown.map((group) => (
          <GroupRow key={keyOf(group)} group={group} filter={filter} onDone={onDone} />
        ))}
      </Table>
    </>
  )
}

/** Open letters, grouped by failure. */
export const Groups = ({ filter, onDone }: { filter: LetterFilter; onDone: () => void }) => {
  const groups = useResource<{ groups: readonly DeadLetterGroup[] }>(
    `/v1/dead-letters/groups?${queryOf(filter)}`,
    EVERY_MS,
  )
  const done = (): void => {
    groups.reload()
    onDone()
  }
  return (
    <Section title="Failures">
      <Loaded what="The dead letters" from={groups} rows={4}>
        {(body) => <GroupTable groups={body.groups} filter={filter} onDone={done} />}
      </Loaded>
    </Section>
  )
}

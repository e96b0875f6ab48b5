import { useState } from 'preact/hooks'
import { count, counted } from '../../../src/page/format.ts'
import type { SeedRequest } from '../contract.ts'
import { change, type Problem, problemOf } from '../state/api.ts'
import { newKey } from '../state/idempotency.ts'
import { act } from '../state/results.ts'
import { go, hrefOf, route, setParams } from '../state/route.ts'
import { Action, WhyNot } from '../ui/button.tsx'
import { Section, ViewFrame } from '../ui/section.tsx'
import { ProblemNotice } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'

interface Counted {
  readonly requested: number
  readonly byType: Readonly<Record<string, number>>
}
/** What was counted, and the key of the submit that may follow it. */
interface Plan extends Counted {
  readonly request: SeedRequest
  readonly key: string
}

const requestOf = ({ types, limit, force }: Readonly<Record<string, string>>): SeedRequest => {
  const names = (types ?? '').split(/[\s,]+/).filter((name) => name !== '')
  return {
    ...(names.length > 0 ? { types: names } : {}),
    ...(limit ? { limit: Number(limit) } : {}),
    ...(force ? { force: true } : {}),
  }
}

const PlanTable = ({ byType }: Counted) => (
  <Table
    caption="What would be requested, by resource type"
    columns={['Resource type', { label: 'Resources', isNumber: true }]}
  >
    {Object.entries(byType).map(([type, resources]) => (
      <tr key={type}>
        <th scope="row">{type}</th>
        <td class="num">{count(resources)}</td>
      </tr>
    ))}
  </Table>
)

const Fields = ({ onChange }: { onChange: () => void }) => {
  const { types = '', limit = '', force } = route.value.params
  const set = (changed: Record<string, string | null>): void => {
    setParams(changed)
    onChange()
  }
  return (
    <div class="fields">
      <label class="field wide">
        Resource types
        <input
          type="text"
          data-filter
          value={types}
          placeholder="every type"
          aria-describedby="seed-types-hint"
          onInput={({ currentTarget }) => set({ types: currentTarget.value })}
        />
        <span class="hint" id="seed-types-hint">
          Names with commas between them, as <code>pokemon, ability</code>. Empty means every type.
        </span>
      </label>
      <label class="field">
        Limit
        <input
          type="number"
          min="1"
          step="1"
          value={limit}
          placeholder="no limit"
          aria-describedby="seed-limit-hint"
          onInput={({ currentTarget }) => set({ limit: currentTarget.value })}
        />
        <span class="hint" id="seed-limit-hint">
          At most so many resources of each type.
        </span>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={force !== undefined}
          onChange={({ currentTarget }) => set({ force: currentTarget.checked ? 'yes' : null })}
        />
        Force: fetch again what has not changed
      </label>
    </div>
  )
}

export const SeedView = () => {
  const [plan, setPlan] = useState<Plan>()
  const [problem, setProblem] = useState<Problem>()
  const [isBusy, setBusy] = useState(false)
  const forget = (): void => {
    setPlan(undefined)
    setProblem(undefined)
  }
  const countFirst = async (event: Event): Promise<void> => {
    event.preventDefault()
    forget()
    setBusy(true)
    const request = requestOf(route.value.params)
    try {
      const found = await change<Counted>({ path: '/v1/seed', body: { ...request, dryRun: true } })
      setPlan({ ...found, request, key: newKey() })
    } catch (error) {
      setProblem(problemOf(error))
    }
    setBusy(false)
  }
  const seed = async ({ request, key }: Plan): Promise<void> => {
    setBusy(true)
    const run = await act<{ runId: string }>(
      'Seeding',
      { path: '/v1/seed', body: request, idempotencyKey: key },
      ({ runId }) => ({ text: 'The run has begun.', link: { href: hrefOf('runs', runId), text: 'See the run' } }),
    )
    setBusy(false)
    if (run) go('runs', run.runId)
  }
  return (
    <ViewFrame title="Seed" lead="Asks the upstream what there is, and requests each resource of it.">
      <Section title="What to request">
        <form onSubmit={countFirst}>
          <Fields onChange={forget} />
          <div class="actions">
            <Action type="submit" kind={plan ? 'plain' : 'primary'} isBusy={isBusy}>
              Count first
            </Action>
            <WhyNot />
          </div>
        </form>
        {problem && <ProblemNotice what="It can't be counted" problem={problem} />}
      </Section>
      {plan && (
        <Section title={`${counted(plan.requested, 'resource')} would be requested`}>
          <div class="actions">
            <Action kind="primary" isBusy={isBusy} onClick={() => void seed(plan)}>
              {`Seed ${counted(plan.requested, 'resource')}`}
            </Action>
            <span class="hint">Images come on top: each Pokémon names some. A second click starts no second run.</span>
          </div>
          <PlanTable {...plan} />
        </Section>
      )}
    </ViewFrame>
  )
}

import { count, duration } from '../../../src/page/format.ts'
import type { RunList } from '../contract.ts'
import { now } from '../state/clock.ts'
import { hrefOf, route } from '../state/route.ts'
import { useResource } from '../state/use-resource.ts'
import { Bar } from '../ui/bar.tsx'
import { Section, ViewFrame } from '../ui/section.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { Ago, Count, Id } from '../ui/text.tsx'
import { OneRun } from './run.tsx'
import { RunState, secondsOf, totalsOf } from './run-words.tsx'

const EVERY_MS = 2_000
const SHOWN = 30

const RunRow = ({ run }: { run: RunList['runs'][number] }) => {
  const { requested, settled, dead } = totalsOf(run)
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf('runs', run.id)} data-row>
          <Id of={run.id} />
        </a>
      </th>
      <td>
        <RunState of={run.state} />
      </td>
      <td>{run.trigger}</td>
      <td>
        <Ago at={run.startedAt} />
      </td>
      <td class="num">{duration(secondsOf(run, now.value))}</td>
      <td class="progress-cell">
        <Bar
          whole={requested}
          parts={[
            { name: 'done', value: settled - dead },
            { name: 'dead', value: dead },
          ]}
        />
        <span class="small">
          {count(settled)} of {count(requested)}
        </span>
      </td>
      <td class="num">
        <Count of={dead} />
      </td>
    </tr>
  )
}

const AllRuns = () => {
  const runs = useResource<RunList>(`/v1/runs?limit=${SHOWN}`, EVERY_MS)
  return (
    <ViewFrame title="Runs" lead="Every seed makes a run, and every requested record gets an outcome.">
      <Section title="All runs">
        <Loaded what="The runs" from={runs} rows={6}>
          {({ runs: found }) =>
            found.length === 0 ? (
              <Empty>
                No run yet. <a href={hrefOf('seed')}>Seed</a> to start one.
              </Empty>
            ) : (
              <Table
                caption="Runs, newest first"
                isCaptionHidden
                columns={[
                  'Run',
                  'State',
                  'Trigger',
                  'Started',
                  { label: 'Took', isNumber: true },
                  'Progress',
                  { label: 'Dead', isNumber: true },
                ]}
              >
                {found.map((run) => (
                  <RunRow run={run} key={run.id} />
                ))}
              </Table>
            )
          }
        </Loaded>
      </Section>
    </ViewFrame>
  )
}

export const RunsView = () => (route.value.id === null ? <AllRuns /> : <OneRun id={route.value.id} />)

import { utc } from '../../../src/page/format.ts'
import type { Breaker, Status } from '../contract.ts'
import { status } from '../state/live.ts'
import { Badge } from '../ui/badge.tsx'
import { Section, ViewFrame } from '../ui/section.tsx'
import { Empty, Skeleton } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { Ago, At } from '../ui/text.tsx'
import { Groups } from './groups.tsx'

const BreakerRow = ({
  breaker: { service, instance, dependency, state, since, code, detail },
}: {
  breaker: Breaker
}) => (
  <tr>
    <th scope="row">
      {service} <span class="muted">{instance}</span>
    </th>
    <td>{dependency}</td>
    <td>{state === 'open' ? <Badge tone="bad">open</Badge> : <Badge tone="ok">closed</Badge>}</td>
    <td>
      <Ago at={since} />
    </td>
    <td class="wrap">
      {code && <code>{code}</code>} {detail ?? (code ? '' : '–')}
    </td>
  </tr>
)

const Breakers = ({ breakers }: Pick<Status, 'breakers'>) => (
  <Section title="Breakers">
    {!breakers && <Empty>The breakers have not been read yet.</Empty>}
    {breakers?.length === 0 && <Empty>No consumer has told of its breakers. Look whether the services run.</Empty>}
    {breakers && breakers.length > 0 && (
      <Table
        caption="Breakers of the consumers: an open one keeps work back until its dependency answers"
        isCaptionHidden
        columns={['Service', 'Dependency', 'State', 'Since', 'Because']}
      >
        {breakers.map((breaker) => (
          <BreakerRow breaker={breaker} key={`${breaker.service} ${breaker.instance} ${breaker.dependency}`} />
        ))}
      </Table>
    )}
  </Section>
)

const Hosts = ({ hosts }: Pick<Status, 'hosts'>) => (
  <Section title="Host budgets">
    {!hosts && <Empty>The host budgets have not been read yet.</Empty>}
    {hosts?.length === 0 && (
      <Empty>No host with a budget has been asked yet. Hosts on loopback have none; see HOST_BUDGETS.</Empty>
    )}
    {hosts && hosts.length > 0 && (
      <Table
        caption="Hosts with a budget, in requests a second over all processes"
        columns={[
          'Host',
          { label: 'Budget', isNumber: true },
          { label: 'At present', isNumber: true },
          { label: 'Processes', isNumber: true },
          'Silent until',
        ]}
      >
        {hosts.map(({ host, budget, rate, users, silentUntil }) => (
          <tr key={host}>
            <th scope="row">{host}</th>
            <td class="num">{budget}/s</td>
            <td class="num">{rate.toFixed(1)}/s</td>
            <td class="num">{users}</td>
            <td>
              <At at={silentUntil} />
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Section>
)

const Collectors = ({ collectors }: Pick<Status, 'collectors'>) => (
  <Section title="Collectors">
    <Table
      caption="What this page is made of: each is read again and again, and keeps its last good reading"
      columns={['Collector', 'State', 'Last read', 'Error']}
    >
      {collectors.map(({ name, up, lastSuccessAt, error }) => (
        <tr key={name} class={error ? 'is-failing' : undefined}>
          <th scope="row">{name}</th>
          <td>
            {up && <Badge tone="ok">up</Badge>}
            {!up && (error ? <Badge tone="bad">down</Badge> : <Badge tone="idle">not read yet</Badge>)}
          </td>
          <td title={lastSuccessAt ? utc(lastSuccessAt) : undefined}>
            <Ago at={lastSuccessAt} />
          </td>
          <td class="wrap">
            {error ? (
              <>
                {error.message} <code>{error.code}</code>
              </>
            ) : (
              '–'
            )}
          </td>
        </tr>
      ))}
    </Table>
  </Section>
)

export const HealthView = () => {
  const now = status.value
  return (
    <ViewFrame title="Health" lead="Who works, what keeps them from it, and whether this page can see.">
      {now === null ? (
        <Skeleton rows={8} />
      ) : (
        <>
          <Groups status={now} />
          <Breakers breakers={now.breakers} />
          <Hosts hosts={now.hosts} />
          <Collectors collectors={now.collectors} />
        </>
      )}
    </ViewFrame>
  )
}

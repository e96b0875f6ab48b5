import { duration } from '../../../src/page/format.ts'
import type { Partition } from '../contract.ts'
import { status } from '../state/live.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { CopyLine } from '../ui/copy-line.tsx'
import { Empty } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { Age, Count } from '../ui/text.tsx'

const TONES: Readonly<Record<string, Tone>> = { ok: 'ok', warn: 'warn', stop: 'bad', stall: 'bad', rewind: 'warn' }

/** The topics of a queue are its own and its retry topics. */
const isOf = (queue: string, { topic }: Partition): boolean =>
  topic === queue || topic.startsWith(`${queue}.retry.`) || topic === `${queue}.dlq`

/** A queue's partitions with the columns of `kafka-consumer-groups --describe`. */
export const Partitions = ({ queue }: { queue: string }) => {
  const rows = (status.value?.partitions ?? []).filter((row) => isOf(queue, row))
  const groups = [...new Set(rows.map(({ group }) => group))]
  if (rows.length === 0) return <Empty>No partition has been measured yet.</Empty>
  return (
    <>
      <Table
        caption={`Partitions of ${queue}, as kafka-consumer-groups describes them`}
        columns={[
          'Group',
          'Topic',
          { label: 'Partition', isNumber: true },
          { label: 'Current offset', isNumber: true },
          { label: 'Log end offset', isNumber: true },
          { label: 'Lag', isNumber: true },
          { label: 'Lag in time', isNumber: true },
          'Oldest',
          'Status',
        ]}
      >
        {rows.map((row) => (
          <tr key={`${row.group} ${row.topic} ${row.partition}`}>
            <th scope="row">{row.group}</th>
            <td>{row.topic}</td>
            <td class="num">{row.partition}</td>
            <td class="num">
              <Count of={row.currentOffset} />
            </td>
            <td class="num">
              <Count of={row.endOffset} />
            </td>
            <td class="num">
              <Count of={row.lag} />
            </td>
            <td class="num">{row.lagSeconds === null ? 'unknown' : duration(row.lagSeconds)}</td>
            <td>
              <Age since={row.oldestAt} />
            </td>
            <td>
              <Badge tone={TONES[row.status] ?? 'idle'}>{row.status}</Badge>
            </td>
          </tr>
        ))}
      </Table>
      {groups.map((group) => (
        <CopyLine
          key={group}
          label={`Copy the command for ${group}`}
          text={`npm run kafka -- kafka-consumer-groups --describe --group ${group}`}
        />
      ))}
    </>
  )
}

import { results } from '../state/results.ts'
import { Badge } from '../ui/badge.tsx'
import { ViewFrame } from '../ui/section.tsx'
import { Empty } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { Ago } from '../ui/text.tsx'

/** What was done from this page since it was loaded. */
export const ActivityView = () => (
  <ViewFrame title="Activity" lead="What was done from this page since it was loaded, newest first.">
    {results.value.length === 0 ? (
      <Empty>Nothing yet. What you seed, pause, redrive or discard is listed here with what came of it.</Empty>
    ) : (
      <Table caption="Activity" isCaptionHidden columns={['When', 'Result', 'What', 'Code', 'Request', 'See']}>
        {results.value.map(({ id, at, text, problem, link }) => (
          <tr key={id}>
            <td>
              <Ago at={at} />
            </td>
            <td>{problem ? <Badge tone="bad">failed</Badge> : <Badge tone="ok">done</Badge>}</td>
            <th scope="row" class="wrap">
              {text}
              {problem && `: ${problem.detail}`}
            </th>
            <td>{problem ? <code>{problem.code}</code> : '–'}</td>
            <td>{problem?.requestId ? <code>{problem.requestId}</code> : '–'}</td>
            <td>{link ? <a href={link.href}>{link.text}</a> : '–'}</td>
          </tr>
        ))}
      </Table>
    )}
  </ViewFrame>
)

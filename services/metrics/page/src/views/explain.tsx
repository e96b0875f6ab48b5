import { useState } from 'preact/hooks'
import type { Story } from '../contract.ts'
import { hrefOf, route, setParams } from '../state/route.ts'
import { useResource } from '../state/use-resource.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { CopyLine } from '../ui/copy-line.tsx'
import { Section, ViewFrame } from '../ui/section.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { Ago, At, Count, Id } from '../ui/text.tsx'

const TONES: Readonly<Record<string, Tone>> = {
  stored: 'ok',
  unchanged: 'ok',
  in_flight: 'busy',
  gone: 'idle',
  superseded: 'idle',
  discarded: 'idle',
  missing: 'warn',
  dead: 'bad',
}
const Outcome = ({ of }: { of: string }) => <Badge tone={TONES[of] ?? 'idle'}>{of.replace('_', ' ')}</Badge>

const Row = ({ story: { resource } }: { story: Story }) => (
  <Section title="What is stored">
    {resource === null ? (
      <Empty>No row: it has never been fetched. A seed asks for it.</Empty>
    ) : (
      <dl class="facts">
        <dt>Status</dt>
        <dd>{resource.status}</dd>
        <dt>Name</dt>
        <dd>{resource.name ?? '–'}</dd>
        <dt>Fetched</dt>
        <dd>
          <At at={resource.fetchedAt} />
        </dd>
        <dt>Changed</dt>
        <dd>
          <At at={resource.changedAt} />
        </dd>
        <dt>Checked</dt>
        <dd>
          <At at={resource.checkedAt} />
        </dd>
        {resource.goneAt && (
          <>
            <dt>Gone</dt>
            <dd>
              <At at={resource.goneAt} />
            </dd>
          </>
        )}
        <dt>Size</dt>
        <dd>
          <Count of={resource.bytes} /> bytes
        </dd>
        <dt>Content hash</dt>
        <dd>
          <code>{resource.contentHash ?? '–'}</code>
        </dd>
        <dt>Trace</dt>
        <dd>
          <code>{resource.traceparent ?? '–'}</code>
        </dd>
      </dl>
    )}
  </Section>
)

const Runs = ({ story: { runs } }: { story: Story }) => (
  <Section title="Runs that asked for it">
    {runs.length === 0 ? (
      <Empty>No run has asked for it.</Empty>
    ) : (
      <Table
        caption="Runs, newest first"
        isCaptionHidden
        columns={['Run', 'Trigger', 'Outcome', 'Error', 'Requested', 'Settled']}
      >
        {runs.map(({ runId, trigger, outcome, errorCode, requestedAt, settledAt }) => (
          <tr key={runId}>
            <th scope="row">
              <a href={hrefOf('runs', runId)} data-row>
                <Id of={runId} />
              </a>
            </th>
            <td>{trigger}</td>
            <td>
              <Outcome of={outcome} />
            </td>
            <td>{errorCode ? <code>{errorCode}</code> : '–'}</td>
            <td>
              <Ago at={requestedAt} />
            </td>
            <td>
              <Ago at={settledAt} />
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Section>
)

const Letters = ({ story: { letters } }: { story: Story }) => (
  <Section title="Dead letters">
    {letters.length === 0 ? (
      <Empty>Neither it nor its media has ever been given up.</Empty>
    ) : (
      <Table caption="Dead letters, newest first" isCaptionHidden columns={['Key', 'State', 'Code', 'Message', 'Died']}>
        {letters.map(({ id, key, state, outcome, code, message, diedAt }) => (
          <tr key={id}>
            <th scope="row" class="wrap">
              <a href={hrefOf('dead-letters', String(id))} data-row>
                {key}
              </a>
            </th>
            <td>
              {state}
              {outcome ? `: ${outcome}` : ''}
            </td>
            <td>
              <code>{code}</code>
            </td>
            <td class="wrap">{message ?? '–'}</td>
            <td>
              <Ago at={diedAt} />
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Section>
)

const Media = ({ story: { assets } }: { story: Story }) => (
  <Section title="Media" aside={<span class="muted">{assets.length} named</span>}>
    {assets.length === 0 ? (
      <Empty>It names no images and no sounds.</Empty>
    ) : (
      <Table
        caption="Media that it names"
        isCaptionHidden
        columns={['Where', 'Status', 'Type', { label: 'Bytes', isNumber: true }, 'Fetched']}
      >
        {assets.map(({ pointer, url, status, contentType, bytes, fetchedAt }) => (
          <tr key={pointer}>
            <th scope="row" title={url}>
              {pointer}
            </th>
            <td>
              <Outcome of={status} />
            </td>
            <td>{contentType ?? '–'}</td>
            <td class="num">
              <Count of={bytes} />
            </td>
            <td>
              <Ago at={fetchedAt} />
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Section>
)

/** Everything the database knows of one resource. */
export const ExplainView = () => {
  const path = route.value.params['path'] ?? ''
  const [given, setGiven] = useState(path)
  const story = useResource<Story>(path === '' ? null : `/v1/explain?${new URLSearchParams({ path })}`)
  const submit = (event: Event): void => {
    event.preventDefault()
    if (given.trim() === path) story.reload()
    else setParams({ path: given.trim() })
  }
  return (
    <ViewFrame title="Explain" lead="What became of one resource: its row, its runs, its dead letters, its media.">
      <form class="filter-bar" onSubmit={submit}>
        <label class="field grow">
          Resource path
          <input
            type="text"
            data-filter
            required
            value={given}
            placeholder="pokemon/25"
            onInput={({ currentTarget }) => setGiven(currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Explain path
        </button>
      </form>
      {path === '' ? (
        <Empty>
          Type a path as the upstream has it, such as{' '}
          <a href={hrefOf('explain', null, { path: 'pokemon/25' })}>pokemon/25</a>.
        </Empty>
      ) : (
        <Loaded what={path} from={story} rows={8}>
          {(found) => (
            <>
              <Row story={found} />
              <Runs story={found} />
              <Letters story={found} />
              <Media story={found} />
              <CopyLine text={`npx pokepedia explain ${found.path}`} label="Copy the explain command" />
            </>
          )}
        </Loaded>
      )}
    </ViewFrame>
  )
}

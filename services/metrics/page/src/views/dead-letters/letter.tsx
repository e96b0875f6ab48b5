import { counted, utc } from '../../../../src/page/format.ts'
import type { DeadLetterDetails, RecordPlace } from '../../contract.ts'
import { hrefOf } from '../../state/route.ts'
import { useResource } from '../../state/use-resource.ts'
import { WhyNot } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyLine } from '../../ui/copy-line.tsx'
import { Section, ViewFrame } from '../../ui/section.tsx'
import { Loaded } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { At } from '../../ui/text.tsx'
import { hexLines } from './hex.ts'
import { LetterActions } from './letter-actions.tsx'
import { LetterState } from './words.tsx'

const placeWords = ({ topic, partition, offset }: RecordPlace): string =>
  `${topic}, partition ${partition}, offset ${offset}`

/** The path of the resource that a letter is about; media have none. */
const pathOf = ({ key }: DeadLetterDetails): string | null => (key !== null && /^[a-z-]+\/\S+$/.test(key) ? key : null)

const Facts = ({ letter }: { letter: DeadLetterDetails }) => {
  const path = pathOf(letter)
  return (
    <dl class="facts">
      <dt>Last error</dt>
      <dd>
        <code>{letter.code}</code> {letter.message ?? 'no message'}
      </dd>
      <dt>Stage, reason</dt>
      <dd>
        {letter.stage ?? 'unknown'}, {letter.reason.replaceAll('_', ' ')}
        {letter.httpStatus === null ? '' : `, HTTP ${letter.httpStatus}`}
      </dd>
      <dt>Died</dt>
      <dd>
        <At at={letter.diedAt} /> after attempt {letter.attempt}; redriven {counted(letter.redriveCount, 'time')}
      </dd>
      {letter.outcome !== null && (
        <>
          <dt>After the redrive</dt>
          <dd>
            {letter.outcome === 'dead' ? 'dead again' : letter.outcome} {letter.outcomeCode}{' '}
            <At at={letter.settledAt} />
          </dd>
        </>
      )}
      <dt>Stands at</dt>
      <dd>{placeWords(letter.place)}</dd>
      <dt>Came from</dt>
      <dd>{placeWords(letter.origin)}</dd>
      <dt>Run</dt>
      <dd>{letter.runId === null ? '–' : <a href={hrefOf('runs', letter.runId)}>{letter.runId}</a>}</dd>
      <dt>Fingerprint</dt>
      <dd>
        <code>{letter.fingerprint ?? '–'}</code>
      </dd>
      {path && (
        <>
          <dt>Resource</dt>
          <dd>
            <a href={hrefOf('explain', null, { path })}>Explain {path}</a>
          </dd>
        </>
      )}
    </dl>
  )
}

const Payload = ({ value }: Pick<DeadLetterDetails, 'value'>) => {
  const readable = value.decoded === null ? value.text : JSON.stringify(value.decoded, null, 2)
  return (
    <Section title="Payload" aside={<span class="muted">{value.bytes} bytes</span>}>
      {value.error && <p class="notice warn">Not decoded: {value.error}</p>}
      {readable !== null && <CodeBlock label="Decoded payload" text={readable} />}
      {value.base64 !== null && (
        <details>
          <summary>Raw bytes</summary>
          <CodeBlock label="Raw bytes" text={hexLines(value.base64)} />
        </details>
      )}
    </Section>
  )
}

/** Times travel as epoch milliseconds. */
const isTime = (name: string, value: string): boolean =>
  /-(at|before|timestamp)$/.test(name) && /^[0-9]{12,14}$/.test(value)

const Headers = ({ headers }: Pick<DeadLetterDetails, 'headers'>) => (
  <Section title="Headers">
    <Table caption="Headers of the record" isCaptionHidden columns={['Name', 'Value']}>
      {Object.entries(headers).map(([name, value]) => (
        <tr key={name}>
          <th scope="row">
            <code>{name}</code>
          </th>
          <td class="wrap">
            {value} {isTime(name, value) && <span class="muted">{utc(new Date(Number(value)))}</span>}
          </td>
        </tr>
      ))}
    </Table>
  </Section>
)

const Whole = ({ letter, onDone }: { letter: DeadLetterDetails; onDone: () => void }) => {
  const { id, place } = letter
  const console_ = `npm run kafka -- kafka-console-consumer --topic ${place.topic} --partition ${place.partition} --offset ${place.offset} --max-messages 1 --property print.headers=true`
  return (
    <>
      <Section title={letter.key ?? 'No key'} aside={<LetterState letter={letter} />}>
        <Facts letter={letter} />
        {letter.state === 'open' && (
          <div class="actions">
            <LetterActions choice={{ ids: [id] }} what={`letter ${id}`} onDone={onDone} />
            <WhyNot />
          </div>
        )}
      </Section>
      <Payload value={letter.value} />
      <Headers headers={letter.headers} />
      <Section title="On the command line">
        <CopyLine text={`npx pokepedia dlq show ${id}`} label="Copy the show command" />
        <CopyLine text={console_} label="Copy the console consumer command" />
      </Section>
    </>
  )
}

/** One letter: why it died, what it says, its bytes. */
export const OneLetter = ({ id, onDone }: { id: string; onDone: () => void }) => {
  const letter = useResource<DeadLetterDetails>(`/v1/dead-letters/${encodeURIComponent(id)}`)
  const done = (): void => {
    letter.reload()
    onDone()
  }
  return (
    <ViewFrame title={`Dead letter ${id}`}>
      <p class="back">
        <a href={hrefOf('dead-letters')}>← All dead letters</a>
      </p>
      <Loaded what="The letter" from={letter} rows={8}>
        {(found) => <Whole letter={found} onDone={done} />}
      </Loaded>
    </ViewFrame>
  )
}

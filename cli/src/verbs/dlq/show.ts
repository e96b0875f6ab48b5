import { positiveInteger } from '../../args.ts'
import { getLetter, type LetterDetails } from '../../dead-letters-client.ts'
import { readStackJson } from '../../stack-json.ts'
import { columns, openTerminal } from '../../terminal.ts'
import { layoutOf } from '../../up/layout.ts'
import type { Cli } from '../common.ts'

const placeOf = ({ topic, partition, offset }: LetterDetails['place']): string => `${topic} ${partition}/${offset}`

const valueLines = ({ bytes, decoded, text, error }: LetterDetails['value']): string[] => [
  `value: ${bytes} bytes${error === null ? '' : `; ${error}`}`,
  ...(decoded === null ? [] : [JSON.stringify(decoded, null, 2)]),
  ...(decoded === null && text !== null ? [text] : []),
]

const report = (letter: LetterDetails): string => {
  const facts = {
    letter: letter.id,
    state: letter.outcome === null ? letter.state : `${letter.state}: ${letter.outcome}`,
    redrive: letter.redriveId,
    key: letter.key,
    type: letter.type,
    run: letter.runId,
    error: `${letter.code}: ${letter.message ?? ''}`,
    reason: letter.reason,
    stage: letter.stage,
    fingerprint: letter.fingerprint,
    attempts: letter.attempt,
    'redriven before': letter.redriveCount,
    died: letter.diedAt,
    'stands in': placeOf(letter.place),
    'came from': placeOf(letter.origin),
  }
  const known = Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]))
  const headers = columns(['header', 'value'], Object.entries(letter.headers))
  const [[head = '', first = ''] = [], ...rows] = known
  return [columns([head, first], rows), '', headers, '', ...valueLines(letter.value)].join('\n')
}

/** `pokepedia dlq show ID`: everything about one letter. */
export const addShow = (cli: Cli): Cli =>
  cli.command(
    'show <id>',
    'One dead letter: its error, headers and decoded value',
    (verb) => verb.positional('id', { type: 'number', demandOption: true, coerce: positiveInteger('id') }),
    async (args) => {
      const letter = await getLetter(await readStackJson(layoutOf(args.directory)), args.id ?? 0)
      openTerminal(args.json).result(letter, report(letter))
    },
  )

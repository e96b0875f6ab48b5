import type { DeadLetter } from '../../contract.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'

const TONES: Readonly<Record<DeadLetter['state'], Tone>> = {
  open: 'bad',
  redriving: 'busy',
  redriven: 'ok',
  discarded: 'idle',
}

/** A letter's state, and what became of it after its redrive. */
export const LetterState = ({ letter: { state, outcome } }: { letter: Pick<DeadLetter, 'state' | 'outcome'> }) => (
  <Badge tone={outcome === 'dead' ? 'warn' : TONES[state]}>
    {state}
    {outcome === null ? '' : `: ${outcome === 'dead' ? 'dead again' : outcome}`}
  </Badge>
)

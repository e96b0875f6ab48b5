import type { FaultRule } from '@pokepedia/stack'
import type { Arena } from './arena.ts'

/** Replaces the rules by which the upstream stub spoils its answers. */
export const setFaults = async ({ deployment }: Arena, rules: readonly FaultRule[]): Promise<void> => {
  const answer = await fetch(new URL('/__faults', deployment.stack.upstream), {
    method: 'PUT',
    body: JSON.stringify(rules),
  })
  if (!answer.ok) throw new Error(`the upstream answered ${answer.status}: ${await answer.text()}`)
}

/** Delays each document's answer; the lists come at once. */
export const documentLatency = (delayMs: number): FaultRule => ({
  match: '^/api/v2/[a-z-]+/-?[0-9]+',
  kind: 'latency',
  delayMs,
})
